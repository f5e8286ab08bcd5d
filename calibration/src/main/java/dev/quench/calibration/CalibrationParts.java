// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model opened to see data in parts. The histograms of all parts merge, by [Histogram#merge] in
/// any order, into those of a single run, of which [Calibrator#table] makes the table.
///
/// Sessions of the backend are opened once and shared by all parts. Thread-safe: parts may be seen
/// by several threads at once.
public final class CalibrationParts implements AutoCloseable {
  private final Backend backend;
  private final Model model;
  private final Set<String> wanted;
  private final SessionOptions options;
  private final Settings settings;
  private final Map<Set<String>, Session> sessions = new LinkedHashMap<>();
  private boolean closed;

  /// As the [Calibrator] was set.
  record Settings(
      int batchSize, int threads, long tapBytes, boolean wholeBatches, boolean acceptNonFinite) {}

  CalibrationParts(
      Backend backend, Model model, Set<String> wanted, SessionOptions options, Settings settings) {
    this.backend = backend;
    this.model = model;
    this.wanted = wanted;
    this.options = options;
    this.settings = settings;
  }

  /// How many samples must stay together in one part: those that the model takes at a time.
  ///
  /// @param axes of the data
  public static int unit(Model model, BatchAxes axes) {
    return Math.max(1, FedInputs.batchSize(model, axes));
  }

  /// The histograms of one part, by tensor; those that the backend never delivered are absent.
  ///
  /// @param data the data set of which the part is, or the part alone
  /// @param span of samples; a multiple of [#unit] each
  /// @throws dev.quench.run.CalibrationException as [Calibrator#calibrate]
  /// @throws BackendException if the backend refuses the model or fails
  /// @throws IOException if the data cannot be read
  public Map<String, Histogram> see(Dataset data, SampleSpans.Span span, Progress progress)
      throws IOException {
    int modelBatch = FedInputs.batchSize(model, data.axes());
    DataPass pass =
        new DataPass(
            new FedInputs(model),
            data,
            span,
            modelBatch > 1 ? modelBatch : settings.batchSize(),
            modelBatch == 1 || (modelBatch == FedInputs.ANY_SIZE && !settings.wholeBatches()),
            settings.threads(),
            settings.acceptNonFinite());
    Set<String> inputs = new LinkedHashSet<>(wanted);
    inputs.retainAll(FedInputs.names(model));
    Set<String> taps = new LinkedHashSet<>(wanted);
    taps.removeAll(inputs);
    List<Set<String>> groups =
        taps.isEmpty()
            ? List.of()
            : TapGroups.of(
                model,
                taps,
                pass.shapesOfFirstInference(),
                settings.tapBytes() / DataPass.workers(settings.threads()));
    Map<String, Histogram> seen = new LinkedHashMap<>();
    if (groups.isEmpty()) {
      seen.putAll(run(pass, null, inputs, Set.of(), progress));
    }
    for (int i = 0; i < groups.size(); i++) {
      // Samples are counted once, whatever the number of runs over them.
      seen.putAll(
          run(
              pass,
              session(groups.get(i)),
              i == 0 ? inputs : Set.of(),
              groups.get(i),
              i == 0 ? progress : Progress.NONE));
    }
    return seen;
  }

  private static Map<String, Histogram> run(
      DataPass pass,
      @Nullable Session session,
      Set<String> inputs,
      Set<String> taps,
      Progress progress)
      throws IOException {
    return pass.run(session, inputs, taps, PassState.START, Duration.ofDays(365), _ -> {}, progress)
        .histograms();
  }

  private synchronized Session session(Set<String> taps) {
    if (closed) {
      throw new IllegalStateException("this model was closed");
    }
    Session open = sessions.get(taps);
    if (open == null) {
      open = backend.open(model, options.withTaps(taps));
      sessions.put(taps, open);
    }
    return open;
  }

  /// Closes the sessions of the backend; closing twice is harmless.
  @Override
  public synchronized void close() {
    closed = true;
    sessions.values().forEach(Session::close);
    sessions.clear();
  }
}
