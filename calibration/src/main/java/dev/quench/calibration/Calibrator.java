// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.calibration.table.TableHeader;
import dev.quench.calibration.table.TensorRange;
import dev.quench.digest.Sha256;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.run.Backend;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Runs a model over data and chooses the range of each wanted tensor from the values it takes.
///
/// Each sample is inferred alone, by one thread of the backend, and histograms are exact, so the
/// ranges are the same to the last bit for any batch size, any order of the samples, any number of
/// threads, any split into shards that are merged later, and any interruption that is resumed.
/// ([#wholeBatches] gives that up.) Memory holds one batch per thread, whatever the size of the
/// data set. The backend may optimize the graph, unless more than 2,000 tensors are wanted. NaN and
/// infinities are counted, and refused unless [#acceptNonFinite].
///
/// Set it up in one thread; [#calibrate] may then be called by several.
public final class Calibrator {
  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final long DEFAULT_TAP_BYTES = 1L << 30;
  private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(20);

  /// With more taps than this, optimizing the graph around them takes a backend longer than it
  /// saves.
  private static final int MOST_OPTIMIZED_TAPS = 2000;

  private static final Duration FOREVER = Duration.ofDays(365);

  private final Backend backend;
  private RangeMethod method = RangeMethod.entropy();
  private int batchSize = DEFAULT_BATCH_SIZE;
  private long samples = Long.MAX_VALUE;
  private int threads = 1;
  private long tapBytes = DEFAULT_TAP_BYTES;
  private boolean wholeBatches;
  private boolean acceptNonFinite;
  private String preprocessing = "";
  private Progress progress = Progress.NONE;
  private int shard = 1;
  private int shards = 1;
  private @Nullable Path checkpoint;
  private Duration checkpointInterval = DEFAULT_CHECKPOINT_INTERVAL;

  private Calibrator(Backend backend) {
    this.backend = backend;
  }

  /// Entropy, batches of 32, all samples, one thread, no progress shown.
  ///
  /// @param backend runs the model; several threads use its sessions
  public static Calibrator using(Backend backend) {
    return new Calibrator(backend);
  }

  /// How thresholds are chosen.
  public Calibrator method(RangeMethod chosen) {
    method = chosen;
    return this;
  }

  /// How many samples are read at a time; does not change the ranges.
  public Calibrator batchSize(int size) {
    batchSize = (int) positive("batch size", size);
    return this;
  }

  /// Uses only the first `limit` samples.
  public Calibrator samples(long limit) {
    samples = positive("samples", limit);
    return this;
  }

  /// Uses one of `count` parts of the samples, so that several machines can share the work; the
  /// tables of all parts [merge][CalibrationTable#merge] into exactly the table of a single run.
  ///
  /// @param index from 1 to `count`
  /// @throws CalibrationException if `index` is outside 1 to `count`
  public Calibrator shard(int index, int count) {
    if (count < 1 || index < 1 || index > count) {
      throw new CalibrationException(
          "expected a shard from 1 to their number, got %d of %d".formatted(index, count));
    }
    shard = index;
    shards = count;
    return this;
  }

  /// Saves progress to `file`, and resumes from that file if it exists: an interrupted calibration
  /// gives the same bits as an uninterrupted one. The file remains after the calibration, so that
  /// nothing is lost if writing the table fails; delete it afterwards. It serves any [#method].
  public Calibrator checkpoint(Path file) {
    return checkpoint(file, DEFAULT_CHECKPOINT_INTERVAL);
  }

  /// As [#checkpoint(Path)].
  ///
  /// @param interval how much work an interruption may lose; 20 seconds by default
  public Calibrator checkpoint(Path file, Duration interval) {
    checkpoint = file;
    checkpointInterval = interval;
    return this;
  }

  /// How many inferences run at once, each in one thread of the backend; does not change the
  /// ranges. Half as many additional threads, at least one, count values meanwhile.
  public Calibrator threads(int count) {
    threads = (int) positive("threads", count);
    return this;
  }

  /// How many bytes of tapped tensors all threads together may hold at once. Tensors that need more
  /// are tapped in groups, with one run over the data per group. 1 GiB by default.
  public Calibrator tapBytes(long limit) {
    tapBytes = positive("tap bytes", limit);
    return this;
  }

  /// Infers whole batches instead of single samples: faster on a GPU. A backend may round
  /// differently for another batch size, so the last bits of the ranges then depend on batch size
  /// and order.
  public Calibrator wholeBatches(boolean whole) {
    wholeBatches = whole;
    return this;
  }

  /// Leaves NaN and infinities out of the ranges and records their number in the table, instead of
  /// refusing them.
  public Calibrator acceptNonFinite(boolean accept) {
    acceptNonFinite = accept;
    return this;
  }

  /// A description of the preprocessing, recorded in the table for people to read.
  public Calibrator preprocessing(String description) {
    preprocessing = description;
    return this;
  }

  /// Receives the progress after every sample.
  public Calibrator progress(Progress listener) {
    progress = listener;
    return this;
  }

  private static long positive(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be 1 or more, got " + value);
    }
    return value;
  }

  /// Measures the ranges of `tensors`, inputs of the model or outputs of its nodes, all
  /// floating-point.
  ///
  /// @param model not modified, not kept
  /// @param tensors names in the model's main graph; the table lists them in the order of the graph
  /// @param data batches with the model's inputs; random data mark the table "uncalibrated"
  /// @return a table with histograms
  /// @throws CalibrationException if a tensor or the data do not fit the model, or values are NaN
  ///   or infinite
  /// @throws dev.quench.run.BackendException if the backend refuses the model or fails
  /// @throws IOException if the data cannot be read
  public CalibrationTable calibrate(Model model, Set<String> tensors, Dataset data)
      throws IOException {
    Set<String> wanted = WantedTensors.inGraphOrder(model, tensors);
    Dataset whole = data.size() <= samples ? data : data.limit(samples);
    int modelBatch = FedInputs.batchSize(model, whole.axes());
    requireFullBatches(whole, modelBatch);
    SampleSpans used = SampleSpans.shard(shard, shards, whole.size(), Math.max(1, modelBatch));
    boolean single = modelBatch == 1 || (modelBatch == FedInputs.ANY_SIZE && !wholeBatches);
    DataPass pass =
        new DataPass(
            new FedInputs(model),
            whole,
            used.spans().getFirst(),
            modelBatch > 1 ? modelBatch : batchSize,
            single,
            threads,
            acceptNonFinite);
    TableHeader header = header(model, whole, used);
    Map<String, Histogram> seen = observe(model, pass, wanted, header);
    return table(model, wanted, header, seen);
  }

  private CalibrationTable table(
      Model model, Set<String> wanted, TableHeader header, Map<String, Histogram> seen) {
    Map<String, String> digests = ModelDigest.ofTensors(model);
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    List<TensorRange> ranges = new ArrayList<>();
    for (String name : wanted) {
      Histogram histogram = seen.get(name);
      if (histogram == null) {
        throw new CalibrationException(
            "%s never delivered tensor '%s'; choose another tensor or another backend"
                .formatted(backend.name(), Printable.escape(name)));
      }
      histograms.put(name, histogram);
      ranges.add(TensorRange.of(name, Optional.ofNullable(digests.get(name)), method, histogram));
    }
    return new CalibrationTable(header, ranges, histograms, null);
  }

  /// Opens the model for data that are seen in parts, by this or by several processes.
  ///
  /// @param model not modified; keep it unmodified until the parts are closed
  /// @param tensors as for [#calibrate]
  /// @throws CalibrationException if a tensor does not fit the model
  public CalibrationParts parts(Model model, Set<String> tensors) {
    return new CalibrationParts(
        backend,
        model,
        WantedTensors.inGraphOrder(model, tensors),
        optionsFor(tensors.size()),
        new CalibrationParts.Settings(batchSize, threads, tapBytes, wholeBatches, acceptNonFinite));
  }

  /// The table of data that were seen in parts: that of a single run over them.
  ///
  /// @param model as for [#parts]
  /// @param tensors as for [#parts]
  /// @param data what was seen
  /// @param seen the merged histograms of all parts
  /// @throws CalibrationException if a tensor was never seen
  public CalibrationTable table(
      Model model, Set<String> tensors, CalibrationData data, Map<String, Histogram> seen) {
    return table(model, WantedTensors.inGraphOrder(model, tensors), header(model, data), seen);
  }

  private static SessionOptions optionsFor(int tensors) {
    return SessionOptions.DEFAULT.withThreads(1).withOptimization(tensors <= MOST_OPTIMIZED_TAPS);
  }

  private Map<String, Histogram> observe(
      Model model, DataPass pass, Set<String> wanted, TableHeader header) throws IOException {
    Optional<Checkpoint> kept = checkpoint(pass, wanted, header);
    PassState state =
        kept.isPresent() ? kept.get().read().orElse(PassState.START) : PassState.START;
    List<Set<String>> groups = groups(model, pass, wanted, new HashSet<>(header.inputs()), state);
    // All tensors decide together, not those of one group: groups must not change the ranges.
    SessionOptions options = optionsFor(wanted.size());
    progress.begin("calibrate", pass.span().samples() * groups.size());
    try {
      for (Set<String> group : groups) {
        progress.advance(state.done(group.iterator().next()));
        state = observe(model, pass, group, header.inputs(), options, state, kept);
      }
      return state.histograms();
    } finally {
      progress.end();
    }
  }

  /// Groups of tensors to record together: those that have seen equally many samples and fit into
  /// memory. Inputs take no memory and join the first group. Complete tensors are left out.
  private List<Set<String>> groups(
      Model model, DataPass pass, Set<String> wanted, Set<String> modelInputs, PassState state)
      throws IOException {
    Map<String, Shape> fed = pass.shapesOfFirstInference();
    Map<Long, Set<String>> byDone = new TreeMap<>();
    for (String name : wanted) {
      byDone.computeIfAbsent(state.done(name), _ -> new LinkedHashSet<>()).add(name);
    }
    byDone.remove(pass.span().samples());
    List<Set<String>> groups = new ArrayList<>();
    for (Set<String> together : byDone.values()) {
      Set<String> inputs = new LinkedHashSet<>(together);
      inputs.retainAll(modelInputs);
      Set<String> taps = new LinkedHashSet<>(together);
      taps.removeAll(inputs);
      List<Set<String>> fitting =
          TapGroups.of(model, taps, fed, tapBytes / DataPass.workers(threads));
      if (fitting.isEmpty()) {
        groups.add(inputs);
      } else {
        fitting.getFirst().addAll(inputs);
        groups.addAll(fitting);
      }
    }
    return groups;
  }

  private PassState observe(
      Model model,
      DataPass pass,
      Set<String> group,
      List<String> modelInputs,
      SessionOptions options,
      PassState start,
      Optional<Checkpoint> kept)
      throws IOException {
    Duration pause = kept.isPresent() ? checkpointInterval : FOREVER;
    DataPass.Saver saver = kept.<DataPass.Saver>map(file -> file::write).orElse(_ -> {});
    Set<String> inputs = new LinkedHashSet<>(group);
    inputs.retainAll(modelInputs);
    Set<String> taps = new LinkedHashSet<>(group);
    taps.removeAll(inputs);
    if (taps.isEmpty()) {
      return pass.run(null, inputs, taps, start, pause, saver, progress);
    }
    try (Session session = backend.open(model, options.withTaps(taps))) {
      return pass.run(session, inputs, taps, start, pause, saver, progress);
    }
  }

  /// Identifies everything that histograms depend on.
  private Optional<Checkpoint> checkpoint(DataPass pass, Set<String> wanted, TableHeader header) {
    if (checkpoint == null) {
      return Optional.empty();
    }
    StringBuilder identity = new StringBuilder();
    identity.append(header.modelDigest().orElseThrow()).append('\n');
    header.data().forEach(data -> identity.append(data.digest()).append(data.used()).append('\n'));
    identity.append(backend.name()).append('\n');
    identity.append(pass.single() ? 1 : pass.readSize()).append(acceptNonFinite).append('\n');
    wanted.forEach(name -> identity.append(name).append('\0'));
    String digest = Sha256.hex(identity.toString().getBytes(StandardCharsets.UTF_8));
    return Optional.of(new Checkpoint(checkpoint, digest));
  }

  private TableHeader header(Model model, Dataset whole, SampleSpans used) {
    return header(
        model,
        new CalibrationData(
            whole.digest(), whole.description(), used, whole.isRandom(), whole.sampling()));
  }

  private TableHeader header(Model model, CalibrationData data) {
    return new TableHeader(
        TableHeader.thisTool(),
        Optional.of(ModelDigest.of(model)),
        method.spelling(),
        preprocessing,
        List.of(data),
        FedInputs.names(model));
  }

  private static void requireFullBatches(Dataset data, int modelBatch) {
    if (data.size() == 0) {
      throw new CalibrationException(
          "the data set is empty (%s); calibration needs samples"
              .formatted(Printable.escape(data.description())));
    }
    if (modelBatch > 1 && data.size() % modelBatch != 0) {
      throw new CalibrationException(
          "the model takes exactly %d samples at a time, and %d samples leave %d over; use %d samples or make the model's batch size free"
              .formatted(
                  modelBatch,
                  data.size(),
                  data.size() % modelBatch,
                  data.size() - data.size() % modelBatch));
    }
  }
}
