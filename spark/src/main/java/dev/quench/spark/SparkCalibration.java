// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.CalibrationParts;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.run.Backends;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SharedDataset;
import dev.quench.run.dataset.UnorderedDigest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/// Calibrates on a cluster, as a [Calibrator] does on one machine: the table has the same bytes,
/// whatever the number of partitions and executors, their order, retries and duplicates.
///
/// Each sample is inferred alone, and histograms merge exactly. The model is broadcast once; an
/// executor opens it once, with `spark.task.cpus` threads a task. Executors that differ in
/// instruction set, runtime or version of Quench are refused unless [#mixedExecutors]. Set it up in
/// one thread; the methods `calibrate` may then be called by several.
public final class SparkCalibration {
  private final JavaSparkContext spark;
  private String backend = "onnxruntime";
  private RangeMethod method = RangeMethod.entropy();
  private int batchSize = 32;
  private boolean acceptNonFinite;
  private String preprocessing = "";
  private OptionalInt partitions = OptionalInt.empty();
  private boolean mixedExecutors;
  private Progress progress = Progress.NONE;
  private @Nullable Path provenance;

  private SparkCalibration(JavaSparkContext spark) {
    this.spark = spark;
  }

  /// Entropy, ONNX Runtime, four parts for each core.
  public static SparkCalibration on(JavaSparkContext spark) {
    return new SparkCalibration(spark);
  }

  /// Name of the backend that runs the model on the executors; `onnxruntime` by default.
  public SparkCalibration backend(String name) {
    backend = name;
    return this;
  }

  /// How thresholds are chosen.
  public SparkCalibration method(RangeMethod chosen) {
    method = chosen;
    return this;
  }

  /// How many samples a task reads at a time; does not change the ranges. 32 by default.
  public SparkCalibration batchSize(int size) {
    batchSize = JobRun.positive("batch size", size);
    return this;
  }

  /// Leaves NaN and infinities out of the ranges and records their number in the table, instead of
  /// refusing them.
  public SparkCalibration acceptNonFinite(boolean accept) {
    acceptNonFinite = accept;
    return this;
  }

  /// A description of the preprocessing, recorded in the table for people to read.
  public SparkCalibration preprocessing(String description) {
    preprocessing = description;
    return this;
  }

  /// In how many parts the data are seen; does not change the ranges. Rows are first distributed
  /// evenly over that many partitions, which splits skewed ones, and stay where they are without
  /// it.
  public SparkCalibration partitions(int count) {
    partitions = OptionalInt.of(JobRun.positive("partitions", count));
    return this;
  }

  /// Lets executors of different instruction sets, runtimes or versions work together. The table is
  /// then the same only for the same assignment of samples to executors.
  public SparkCalibration mixedExecutors(boolean allowed) {
    mixedExecutors = allowed;
    return this;
  }

  /// Receives the samples of finished tasks.
  public SparkCalibration progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// Also writes which part was seen by which executor, as JSON; the table does not hold that.
  public SparkCalibration provenance(Path file) {
    provenance = file;
    return this;
  }

  private JobRun run() {
    return new JobRun(spark, partitions, mixedExecutors);
  }

  /// The table of `Calibrator.using(backend).method(method).calibrate(model, tensors,
  /// data.open())`.
  ///
  /// @param model not modified
  /// @param tensors as for [Calibrator#calibrate]
  /// @param data which the driver and every executor can open
  /// @return a table with histograms
  /// @throws ClusterException if a part cannot be seen, naming its samples and the executor, or
  ///   executors differ
  /// @throws CalibrationException if tensors or data do not fit the model
  /// @throws IOException if the driver cannot read the data
  public CalibrationTable calibrate(Model model, Set<String> tensors, SharedDataset data)
      throws IOException {
    Dataset whole = data.open();
    long size = whole.size();
    if (size == 0) {
      throw new CalibrationException(
          "the data set is empty (%s); calibration needs samples".formatted(whole.description()));
    }
    int unit = CalibrationParts.unit(model, whole.axes());
    if (size % unit != 0) {
      throw new CalibrationException(
          "the model takes exactly %d samples at a time, and %d samples leave %d over; use %d samples or make the model's batch size free"
              .formatted(unit, size, size % unit, size - size % unit));
    }
    JobRun run = run();
    CalibrationJob job = job(model, tensors, data);
    List<SampleSpans.Span> spans = Parts.of(size, unit, run.parts());
    Broadcast<CalibrationJob> sent = spark.broadcast(job);
    LongAccumulator counter = run.counter();
    JavaRDD<byte[]> states =
        run.spread(spans).map(part -> see(sent.value(), part, size, counter).toBytes());
    // The driver reads the data for their digest while the executors infer.
    CompletableFuture<String> digest = CompletableFuture.supplyAsync(whole::digest);
    PartState seen;
    progress.begin("calibrate", size);
    try {
      seen = run.sum(states, CalibrationJob::merge, counter, progress);
    } finally {
      progress.end();
      sent.unpersist(false);
    }
    return table(
        model,
        tensors,
        new CalibrationData(
            joined(digest),
            whole.description(),
            SampleSpans.all(size),
            whole.isRandom(),
            whole.sampling()),
        seen);
  }

  private static String joined(CompletableFuture<String> digest) {
    try {
      return digest.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static PartState see(
      CalibrationJob job, long[] part, long size, LongAccumulator counter) {
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
                  return open.see(number, span, Job.counting(counter));
                }));
  }

  /// The table of a single run over the rows, in any order.
  ///
  /// @param rows of one sample each, such as `spark.read().parquet(…)`; the data's digest in the
  ///   table is [UnorderedDigest]
  /// @param columns which hold the model's inputs
  /// @param description of the rows, for people to read
  /// @throws ClusterException if a row or the columns do not fit the model, naming them
  public CalibrationTable calibrate(
      Model model,
      Set<String> tensors,
      org.apache.spark.sql.Dataset<Row> rows,
      SampleColumns columns,
      String description)
      throws IOException {
    columns.check(rows.schema(), model);
    return calibrate(model, tensors, rows.toJavaRDD(), columns, description);
  }

  /// As for a `Dataset<Row>`.
  public CalibrationTable calibrate(
      Model model,
      Set<String> tensors,
      JavaRDD<Row> rows,
      SampleColumns columns,
      String description)
      throws IOException {
    JobRun run = run();
    RowReader.of(model, columns); // refuses a model that rows cannot feed
    Broadcast<CalibrationJob> sent = spark.broadcast(job(model, tensors, null));
    LongAccumulator counter = run.counter();
    JavaRDD<Row> spread = partitions.isPresent() ? rows.repartition(partitions.getAsInt()) : rows;
    JavaRDD<byte[]> states =
        spread.mapPartitionsWithIndex(
            (part, partition) ->
                new RowCalibration(sent.value(), columns, part).see(partition, counter),
            true);
    PartState seen;
    progress.begin("calibrate", 0);
    try {
      seen = run.sum(states, CalibrationJob::merge, counter, progress);
    } finally {
      progress.end();
      sent.unpersist(false);
    }
    UnorderedDigest digest = seen.digest().orElseThrow();
    return table(
        model,
        tensors,
        new CalibrationData(digest.hex(), description, digest.samples(), false),
        seen);
  }

  private CalibrationJob job(Model model, Set<String> tensors, @Nullable SharedDataset data) {
    AssignedGpu.requireOne(spark.getConf(), Backends.named(backend));
    return new CalibrationJob(
        JobRun.newId(), model, tensors, backend, batchSize, run().threads(), acceptNonFinite, data);
  }

  private CalibrationTable table(
      Model model, Set<String> tensors, CalibrationData data, PartState seen) throws IOException {
    if (seen.samples() != data.samples()) {
      throw new ClusterException(
          "the parts saw %d samples of %d; run it again".formatted(seen.samples(), data.samples()));
    }
    CalibrationTable table =
        Calibrator.using(Backends.named(backend))
            .method(method)
            .preprocessing(preprocessing)
            .table(model, tensors, data, CalibrationJob.histograms(seen.state().bytes()));
    if (provenance != null) {
      Provenance.write(provenance, data.description(), data.digest(), seen, Optional.of(table));
    }
    return table;
  }
}
