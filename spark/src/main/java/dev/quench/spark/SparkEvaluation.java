// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.table.SampleSpans;
import dev.quench.eval.Arithmetic;
import dev.quench.eval.Candidate;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.eval.cluster.SharedMetric;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.report.Notice;
import dev.quench.run.Metric;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SharedDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.reflect.ClassTag;

/// Evaluates models on a cluster, as [dev.quench.eval.Evaluation] does on one machine: the scores
/// have the same bits, whatever the number of partitions and executors, their order, retries and
/// duplicates. Latency and throughput are not measured: tasks share their machines.
///
/// Parts of a data set begin at multiples of the batch size, so executors run the very batches of a
/// single run; samples of different sizes, whose batches end early, need a batch size of 1 for
/// that. Rows are inferred one by one. TensorRT may choose other kernels in each build, so its bits
/// are equal where all executors run one engine: see [#engineCache]. For one thread; run once.
public final class SparkEvaluation {
  private final JavaSparkContext spark;
  private final List<Candidate> candidates = new ArrayList<>();
  private final SharedMetric metric;
  private @Nullable Model reference;
  private int batchSize = 64;
  private OptionalInt partitions = OptionalInt.empty();
  private boolean mixedExecutors;
  private Progress progress = Progress.NONE;
  private @Nullable Path provenance;
  private @Nullable Path engineCache;

  private SparkEvaluation(JavaSparkContext spark, SharedMetric metric) {
    this.spark = spark;
    this.metric = metric;
  }

  /// Batches of 64, four parts for each core.
  public static SparkEvaluation on(JavaSparkContext spark, SharedMetric metric) {
    return new SparkEvaluation(spark, metric);
  }

  /// Adds a model; executors open its backend by name.
  public SparkEvaluation add(Candidate candidate) {
    candidates.add(candidate);
    return this;
  }

  /// The model whose outputs the metric compares with, for a metric that needs one; it runs in ONNX
  /// Runtime without graph optimization. Candidates in ONNX Runtime are then judged without
  /// optimization, and once more with it, as [dev.quench.eval.Evaluation#fidelity] describes.
  public SparkEvaluation reference(Model model) {
    reference = model;
    return this;
  }

  /// Samples per call; 64 by default.
  public SparkEvaluation batchSize(int size) {
    batchSize = JobRun.positive("batch size", size);
    return this;
  }

  /// In how many parts the data are seen, as for [SparkCalibration#partitions].
  public SparkEvaluation partitions(int count) {
    partitions = OptionalInt.of(JobRun.positive("partitions", count));
    return this;
  }

  /// As [SparkCalibration#mixedExecutors].
  public SparkEvaluation mixedExecutors(boolean allowed) {
    mixedExecutors = allowed;
    return this;
  }

  /// Receives the samples of finished tasks.
  public SparkEvaluation progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// Also writes which part was seen by which executor, of the last candidate, as JSON.
  public SparkEvaluation provenance(Path file) {
    provenance = file;
    return this;
  }

  /// Where backends that build engines, such as `tensorrt`, keep them: a folder, the same on every
  /// executor and private to their user, so that executors with GPUs of one kind build an engine
  /// once. Without it every executor builds its own.
  public SparkEvaluation engineCache(Path folder) {
    engineCache = folder;
    return this;
  }

  /// Sums up what the executors collect in one pass over the data.
  private interface Pass {
    PartState run(EvaluationJob job) throws IOException;
  }

  /// Evaluates all candidates on a data set.
  ///
  /// @param data which the driver and every executor can open
  /// @throws ClusterException if a part cannot be judged, naming its samples and the executor, or
  ///   executors differ
  /// @throws IOException if the driver cannot read the data
  public EvaluationReport run(SharedDataset data) throws IOException {
    Dataset whole = data.open();
    long size = whole.size();
    if (size == 0) {
      throw new ClusterException(whole.description() + " is empty; expected at least one sample");
    }
    JobRun run = new JobRun(spark, partitions, mixedExecutors);
    List<SampleSpans.Span> spans = Parts.of(size, batchSize, run.parts());
    Pass pass =
        job -> {
          Broadcast<EvaluationJob> sent = spark.broadcast(job);
          LongAccumulator counter = run.counter();
          JavaRDD<byte[]> states =
              run.spread(spans).map(part -> judge(sent.value(), part, size, counter).toBytes());
          return sum(run, sent, states, counter, size);
        };
    return report(whole.description(), data, pass, size);
  }

  private static PartState judge(
      EvaluationJob job, long[] part, long size, LongAccumulator counter) {
    int number = (int) part[0];
    SampleSpans.Span span = new SampleSpans.Span(part[1], part[2]);
    return Job.part(
        number,
        "samples " + span,
        () ->
            ExecutorModels.use(
                job,
                open -> {
                  Job.requireSize(open.data(), size);
                  return open.judge(number, span, Job.counting(counter));
                }));
  }

  /// Evaluates all candidates on rows, one sample each.
  ///
  /// @param columns which hold the inputs and the label
  /// @param description of the rows, for people to read
  /// @throws ClusterException if a row or the columns do not fit a model, naming them
  public EvaluationReport run(
      org.apache.spark.sql.Dataset<Row> rows, SampleColumns columns, String description)
      throws IOException {
    for (Candidate candidate : candidates) {
      columns.check(rows.schema(), candidate.model());
    }
    return run(rows.toJavaRDD(), columns, description);
  }

  /// As for a `Dataset<Row>`.
  public EvaluationReport run(JavaRDD<Row> rows, SampleColumns columns, String description)
      throws IOException {
    JobRun run = new JobRun(spark, partitions, mixedExecutors);
    Pass pass =
        job -> {
          Broadcast<EvaluationJob> sent = spark.broadcast(job);
          LongAccumulator counter = run.counter();
          // Numbered before they move, so that equal scores count in the order of the rows.
          JavaRDD<Tuple2<Row, Long>> numbered =
              JavaRDD.fromRDD(rows.zipWithIndex().rdd(), ClassTag.apply(Tuple2.class));
          JavaRDD<byte[]> states =
              (partitions.isPresent() ? numbered.repartition(partitions.getAsInt()) : numbered)
                  .mapPartitionsWithIndex(
                      (part, partition) ->
                          new RowEvaluation(sent.value(), columns, part).judge(partition, counter),
                      true);
          return sum(run, sent, states, counter, 0);
        };
    return report(description, null, pass, -1);
  }

  private PartState sum(
      JobRun run,
      Broadcast<EvaluationJob> sent,
      JavaRDD<byte[]> states,
      LongAccumulator counter,
      long size) {
    SharedMetric merging = metric;
    progress.begin("evaluate", size);
    try {
      return run.sum(states, (one, other) -> merged(merging, one, other), counter, progress);
    } finally {
      progress.end();
      sent.unpersist(false);
    }
  }

  private static byte[] merged(SharedMetric metric, byte[] one, byte[] other) {
    Metric.Accumulator both = accumulator(metric);
    both.merge(one);
    both.merge(other);
    return both.state();
  }

  private static Metric.Accumulator accumulator(SharedMetric metric) {
    try {
      return EvaluationJob.merging(metric).begin();
    } catch (IOException e) {
      throw new ClusterException("the metric cannot be made here: " + e.getMessage(), e);
    }
  }

  private EvaluationReport report(
      String description, @Nullable SharedDataset data, Pass pass, long size) throws IOException {
    List<EvaluationResult> results = new ArrayList<>();
    for (Candidate candidate : candidates) {
      results.add(evaluate(candidate, description, data, pass, size));
    }
    return new EvaluationReport(
        description,
        results,
        List.of(
            new Notice(
                "latency and throughput",
                "tasks of a cluster share their machines",
                "measure them on one machine, without --spark")),
        Environment.current());
  }

  private EvaluationResult evaluate(
      Candidate candidate, String description, @Nullable SharedDataset data, Pass pass, long size)
      throws IOException {
    boolean apart = reference != null && candidate.backend().name().equals("onnxruntime");
    Map<String, Double> optimized = Map.of();
    if (apart) {
      optimized = scores(pass.run(job(candidate, true, data))).scores();
    }
    PartState judged = pass.run(job(candidate, !apart, data));
    if (size >= 0 && judged.samples() != size) {
      throw new ClusterException(
          "the parts saw %d samples of %d; run it again".formatted(judged.samples(), size));
    }
    if (provenance != null) {
      Provenance.write(provenance, description, "", judged, Optional.empty());
    }
    Metric.Accumulator collected = scores(judged);
    return new EvaluationResult(
        candidate.name(),
        candidate.backend().name(),
        candidate.precision().name(),
        judged.samples(),
        collected.scores(),
        optimized,
        candidate.sizeBytes(),
        Optional.empty(),
        OptionalDouble.empty(),
        candidate.group(),
        Arithmetic.of(candidate),
        collected instanceof TopK.Predicting predicting
            ? Optional.of(predicting.predictions())
            : Optional.empty());
  }

  private Metric.Accumulator scores(PartState judged) {
    Metric.Accumulator collected = accumulator(metric);
    collected.merge(judged.state().bytes());
    return collected;
  }

  private EvaluationJob job(Candidate candidate, boolean optimize, @Nullable SharedDataset data) {
    AssignedGpu.requireOne(spark.getConf(), candidate.backend());
    return new EvaluationJob(
        JobRun.newId(),
        candidate,
        new EvaluationJob.Settings(
            optimize,
            new JobRun(spark, partitions, mixedExecutors).threads(),
            batchSize,
            engineCache == null ? "" : engineCache.toAbsolutePath().toString()),
        metric,
        reference,
        data);
  }
}
