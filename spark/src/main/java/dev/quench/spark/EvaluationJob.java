// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.table.SampleSpans;
import dev.quench.digest.Sha256;
import dev.quench.eval.Candidate;
import dev.quench.eval.cluster.SharedMetric;
import dev.quench.graph.Model;
import dev.quench.metric.fidelity.Reference;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SharedDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges a model on parts of the data.
final class EvaluationJob implements Job<EvaluationJob.Open> {
  private static final long serialVersionUID = 1L;

  private final String id;
  private final byte[] model;
  private final String backend;
  private final Precision precision;
  private final boolean optimize;
  private final int threads;
  private final int batchSize;
  private final String engineCache;
  private final SharedMetric metric;
  private final byte @Nullable [] reference;
  private final @Nullable SharedDataset data;

  /// How a job runs its model.
  ///
  /// @param optimize whether the backend may rewrite the graph
  /// @param threads of one task
  /// @param batchSize samples a call
  /// @param engineCache folder on the executors; empty for none
  record Settings(boolean optimize, int threads, int batchSize, String engineCache) {}

  /// @param reference the model that the metric compares with; null for other metrics
  /// @param data the whole data set; null where samples come as rows
  EvaluationJob(
      String id,
      Candidate candidate,
      Settings settings,
      SharedMetric metric,
      @Nullable Model reference,
      @Nullable SharedDataset data) {
    this.id = id;
    this.model = Job.bytes(candidate.model());
    this.backend = candidate.backend().name();
    this.precision = candidate.precision();
    this.optimize = settings.optimize();
    this.threads = settings.threads();
    this.batchSize = settings.batchSize();
    this.engineCache = settings.engineCache();
    this.metric = metric;
    this.reference = reference == null ? null : Job.bytes(reference);
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
    Backend used = engineCache.isEmpty() ? named : named.cachedIn(Path.of(engineCache));
    Dataset opened = data == null ? null : data.open();
    SessionOptions options = SessionOptions.DEFAULT.withThreads(threads);
    Session compared =
        reference == null
            ? null
            : Backends.named("onnxruntime")
                .open(Job.model(reference), options.withOptimization(false));
    boolean complete = false;
    try {
      Metric judge =
          metric.metric(
              compared == null ? Optional.empty() : Optional.of(Reference.running(compared)));
      Session session =
          used.open(read, options.withPrecision(precision).withOptimization(optimize));
      complete = true;
      return new Open(read, kind, session, compared, judge, opened, batchSize);
    } finally {
      if (!complete && compared != null) {
        compared.close();
      }
    }
  }

  /// A metric that only merges: the driver and those that add up parts have no reference.
  static Metric merging(SharedMetric metric) throws IOException {
    return metric.metric(
        Optional.of(_ -> {
          throw new IllegalStateException("states merge without a reference");
        }));
  }

  /// The open model of one process.
  ///
  /// @param compared the session of the reference; null without one
  /// @param data the whole data set; null where samples come as rows
  record Open(
      Model model,
      ExecutorKind kind,
      Session session,
      @Nullable Session compared,
      Metric metric,
      @Nullable Dataset data,
      int batchSize)
      implements Job.Opened {
    /// Judges one part of the data set, in the batches of a single run: `span` begins at a multiple
    /// of the batch size.
    PartState judge(int part, SampleSpans.Span span, Progress progress) throws IOException {
      Dataset whole = data;
      if (whole == null) {
        throw new IllegalStateException("this job has no data set");
      }
      FileTrail trail = new FileTrail(whole, span.to());
      Metric.Accumulator judged = metric.begin(span.from());
      long next = span.from();
      try (Stream<Batch> batches = trail.batchesFrom(span.from(), batchSize)) {
        for (Iterator<Batch> each = batches.iterator(); next < span.to() && each.hasNext(); ) {
          Batch batch = each.next();
          Batch used =
              next + batch.size() <= span.to() ? batch : batch.slice(0, (int) (span.to() - next));
          judged.add(used, session.run(used.inputs()));
          progress.advance(used.size());
          next += used.size();
        }
      }
      if (next < span.to()) {
        throw new IllegalArgumentException(
            "the data set says it has %d samples but ended after %d; use complete data"
                .formatted(whole.size(), next));
      }
      return state(part, span.samples(), trail.firstFile(), trail.lastFile(), judged);
    }

    /// What an accumulator has collected on one part.
    PartState state(
        int part, long samples, String firstFile, String lastFile, Metric.Accumulator judged) {
      byte[] state = judged.state();
      PartPlace place =
          new PartPlace(
              part, samples, firstFile, lastFile, Sha256.hex(state), ExecutorKind.executor());
      return PartState.of(kind, place, Optional.empty(), state);
    }

    @Override
    public void close() {
      session.close();
      if (compared != null) {
        compared.close();
      }
    }
  }
}
