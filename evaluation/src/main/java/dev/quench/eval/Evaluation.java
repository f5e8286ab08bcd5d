// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.metric.classification.TopK;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.report.Notice;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Metric;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs several [Candidate]s over the same data and reports accuracy, size, latency and throughput
/// side by side.
///
/// Candidates run one after the other, and each session is closed before the next is opened, so
/// candidates do not compete for the machine. For one thread; run once.
public final class Evaluation {
  private final Dataset data;
  private final List<Candidate> candidates = new ArrayList<>();
  private @Nullable Metric metric;
  private boolean fidelity;
  private int batchSize = 64;
  private int threads = SessionOptions.DEFAULT.threads();
  private ProfileOptions latency = new ProfileOptions(300, 1500, 50);
  private Progress progress = Progress.NONE;

  private Evaluation(Dataset data) {
    this.data = data;
  }

  public static Evaluation on(Dataset data) {
    return new Evaluation(data);
  }

  /// Sets the metric. Without one, the report holds only size, latency and throughput.
  public Evaluation metric(Metric metric) {
    this.metric = metric;
    return this;
  }

  /// Marks the metric as a comparison with a reference. ONNX Runtime then scores without graph
  /// optimization, because its fusions of quantized layers differ from the graph by one
  /// quantization step or more; the report also shows the scores of the optimized session.
  public Evaluation fidelity(boolean fidelity) {
    this.fidelity = fidelity;
    return this;
  }

  /// Samples per call in the accuracy pass; 64 by default. Inputs with a fixed leading dimension
  /// need exactly that number.
  public Evaluation batchSize(int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be 1 or more, got " + batchSize);
    }
    this.batchSize = batchSize;
    return this;
  }

  /// CPU threads a backend may use for one call.
  public Evaluation threads(int threads) {
    this.threads = threads;
    return this;
  }

  /// How long to measure the latency of each candidate.
  public Evaluation latency(ProfileOptions latency) {
    this.latency = latency;
    return this;
  }

  public Evaluation progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  public Evaluation add(Candidate candidate) {
    candidates.add(candidate);
    return this;
  }

  /// Evaluates every candidate whose backend is available; the others are listed as skipped, with
  /// the reason.
  ///
  /// @throws IOException if the data cannot be read
  /// @throws IllegalArgumentException if data, labels and model do not fit, naming the expected
  ///   form
  /// @throws dev.quench.run.BackendException if a backend refuses a model
  public EvaluationReport run() throws IOException {
    List<EvaluationResult> results = new ArrayList<>();
    List<Notice> skipped = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (candidate.backend().availability() instanceof Unavailable(String reason, String remedy)) {
        skipped.add(
            new Notice(
                "%s on %s (%s)"
                    .formatted(candidate.name(), candidate.backend().name(), candidate.precision()),
                reason,
                remedy));
      } else {
        results.add(evaluate(candidate));
      }
    }
    return new EvaluationReport(data.description(), results, skipped, Environment.current());
  }

  private EvaluationResult evaluate(Candidate candidate) throws IOException {
    SessionOptions options =
        SessionOptions.DEFAULT.withThreads(threads).withPrecision(candidate.precision());
    boolean apart = fidelity && candidate.backend().name().equals("onnxruntime");
    Map<String, Double> unoptimized =
        apart && metric != null
            ? scores(metric, candidate, options.withOptimization(false))
            : Map.of();
    Metric.Accumulator accumulator = metric == null ? null : metric.begin();
    AtomicLong samples = new AtomicLong();
    AtomicLong nanos = new AtomicLong();
    LatencyProfile profile;
    try (Session session = candidate.backend().open(candidate.model(), options)) {
      try (Stream<Batch> first = data.batches(batchSize)) {
        first.findFirst().ifPresent(batch -> session.warmUp(batch.inputs()));
      }
      progress.begin(
          candidate.name()
              + " on "
              + candidate.backend().name()
              + " ("
              + candidate.precision()
              + ")",
          data.size());
      try (Stream<Batch> batches = data.batches(batchSize)) {
        batches.forEachOrdered(batch -> {
          long start = System.nanoTime();
          Map<String, Tensor> outputs = session.run(batch.inputs());
          nanos.addAndGet(System.nanoTime() - start);
          samples.addAndGet(batch.size());
          if (accumulator != null) {
            accumulator.add(batch, outputs);
          }
          progress.advance(batch.size());
        });
      } finally {
        progress.end();
      }
      if (samples.get() == 0) {
        throw new IllegalArgumentException(
            data.description() + " is empty; expected at least one sample");
      }
      profile = LatencyProfile.measure(session, oneSample(session), latency, Progress.NONE);
    }
    return new EvaluationResult(
        candidate.name(),
        candidate.backend().name(),
        candidate.precision().name(),
        samples.get(),
        apart ? unoptimized : accumulator == null ? Map.of() : accumulator.scores(),
        apart && accumulator != null ? accumulator.scores() : Map.of(),
        candidate.sizeBytes(),
        Optional.of(profile.latencyMillis()),
        OptionalDouble.of(samples.get() / (nanos.get() / 1e9)),
        candidate.group(),
        Arithmetic.of(candidate),
        accumulator instanceof TopK.Predicting predicting
            ? Optional.of(predicting.predictions())
            : Optional.empty());
  }

  private Map<String, Double> scores(Metric judge, Candidate candidate, SessionOptions options)
      throws IOException {
    Metric.Accumulator accumulator = judge.begin();
    try (Session session = candidate.backend().open(candidate.model(), options);
        Stream<Batch> batches = data.batches(batchSize)) {
      batches.forEachOrdered(batch -> accumulator.add(batch, session.run(batch.inputs())));
    }
    return accumulator.scores();
  }

  /// The smallest batch that the session accepts: one sample if any number fits.
  private Map<String, Tensor> oneSample(Session session) throws IOException {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    session.inputs().forEach(input -> shapes.put(input.name(), input.shape()));
    int fixed = data.axes().fixedSize(shapes).orElse(1);
    try (Stream<Batch> batches = data.batches(fixed)) {
      return new LinkedHashMap<>(batches.findFirst().orElseThrow().inputs());
    }
  }
}
