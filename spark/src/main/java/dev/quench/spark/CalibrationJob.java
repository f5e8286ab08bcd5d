// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.CalibrationParts;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.HistogramFile;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.digest.Sha256;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SharedDataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the histograms of parts of the data.
final class CalibrationJob implements Job<CalibrationJob.Open> {
  private static final long serialVersionUID = 1L;

  /// Of a process's heap, for tapped tensors.
  private static final int SHARE_OF_HEAP = 4;

  private static final long LEAST_TAP_BYTES = 16L << 20;
  private static final long MOST_TAP_BYTES = 1L << 30;

  private final String id;
  private final byte[] model;
  private final ArrayList<String> tensors;
  private final String backend;
  private final int batchSize;
  private final int threads;
  private final boolean acceptNonFinite;
  private final @Nullable SharedDataset data;

  /// @param threads of one task
  /// @param data the whole data set; null where samples come as rows
  CalibrationJob(
      String id,
      Model model,
      Set<String> tensors,
      String backend,
      int batchSize,
      int threads,
      boolean acceptNonFinite,
      @Nullable SharedDataset data) {
    this.id = id;
    this.model = Job.bytes(model);
    this.tensors = new ArrayList<>(tensors);
    this.backend = backend;
    this.batchSize = batchSize;
    this.threads = threads;
    this.acceptNonFinite = acceptNonFinite;
    this.data = data;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Open open() throws IOException {
    Model read = Job.model(model);
    Backend named = Backends.named(backend);
    AssignedGpu.use(named);
    ExecutorKind kind = ExecutorKind.here(named);
    int tasks = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
    CalibrationParts parts =
        Calibrator.using(named)
            .batchSize(batchSize)
            .threads(threads)
            .acceptNonFinite(acceptNonFinite)
            .tapBytes(
                Math.clamp(
                    Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / tasks,
                    LEAST_TAP_BYTES,
                    MOST_TAP_BYTES))
            .parts(read, Set.copyOf(tensors));
    return new Open(read, kind, parts, data == null ? null : data.open());
  }

  /// The open model of one process.
  ///
  /// @param data the whole data set; null where samples come as rows
  record Open(Model model, ExecutorKind kind, CalibrationParts parts, @Nullable Dataset data)
      implements Job.Opened {
    /// Sees one part of the data set.
    PartState see(int part, SampleSpans.Span span, Progress progress) throws IOException {
      Dataset whole = data;
      if (whole == null) {
        throw new IllegalStateException("this job has no data set");
      }
      FileTrail trail = new FileTrail(whole, span.to());
      byte[] seen = HistogramFile.encode(parts.see(trail, span, progress));
      PartPlace place =
          new PartPlace(
              part,
              span.samples(),
              trail.firstFile(),
              trail.lastFile(),
              Sha256.hex(seen),
              ExecutorKind.executor());
      return PartState.of(kind, place, Optional.empty(), seen);
    }

    @Override
    public void close() {
      parts.close();
    }
  }

  /// The histograms of both.
  static byte[] merge(byte[] one, byte[] other) {
    return HistogramFile.encode(merge(histograms(one), histograms(other)));
  }

  static Map<String, Histogram> merge(Map<String, Histogram> one, Map<String, Histogram> other) {
    Map<String, Histogram> both = new LinkedHashMap<>(one);
    other.forEach((name, histogram) -> both.merge(name, histogram, Histogram::merge));
    return both;
  }

  static Map<String, Histogram> histograms(byte[] state) {
    return HistogramFile.decode(state, "the histograms of a part");
  }

  List<String> tensors() {
    return tensors;
  }
}
