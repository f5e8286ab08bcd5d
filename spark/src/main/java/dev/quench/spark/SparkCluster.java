// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.QuenchException;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.eval.Candidate;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterCalibration;
import dev.quench.eval.cluster.ClusterEvaluation;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.eval.cluster.ClusterProvider;
import dev.quench.report.EvaluationReport;
import java.io.IOException;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/// A connection of the command line to Spark.
final class SparkCluster implements Cluster {
  private final JavaSparkContext spark;
  private final ClusterProvider.Options options;

  /// Jars that executors get with the first job on a GPU.
  private final List<String> gpuJars;

  private SparkCluster(
      JavaSparkContext spark, ClusterProvider.Options options, List<String> gpuJars) {
    this.spark = spark;
    this.options = options;
    this.gpuJars = gpuJars;
  }

  static SparkCluster connect(ClusterProvider.Options options) {
    SparkConf settings =
        new SparkConf()
            .setMaster(options.master())
            .setAppName("quench")
            .setIfMissing("spark.ui.enabled", "false")
            .setIfMissing("spark.ui.showConsoleProgress", "false");
    List<String> gpuJars = List.of();
    if (options.hasExecutors() && !settings.contains("spark.jars")) {
      ExecutorJars jars =
          ExecutorJars.of(System.getProperty("java.class.path"), System.getenv("SPARK_HOME"));
      settings.set("spark.jars", String.join(",", jars.always()));
      gpuJars = jars.gpu();
    }
    try {
      return new SparkCluster(new JavaSparkContext(settings), options, gpuJars);
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw JobRun.failed(e);
    }
  }

  @Override
  public CalibrationTable calibrate(ClusterCalibration work) throws IOException {
    SparkCalibration calibration =
        SparkCalibration.on(spark)
            .method(work.method())
            .batchSize(work.batchSize())
            .acceptNonFinite(work.acceptNonFinite())
            .preprocessing(work.preprocessing())
            .mixedExecutors(options.mixedExecutors())
            .progress(work.progress());
    options.partitions().ifPresent(calibration::partitions);
    options.provenance().ifPresent(calibration::provenance);
    return whileConnected(() -> calibration.calibrate(work.model(), work.tensors(), work.data()));
  }

  @Override
  public EvaluationReport evaluate(ClusterEvaluation work) throws IOException {
    SparkEvaluation evaluation =
        SparkEvaluation.on(spark, work.metric())
            .batchSize(work.batchSize())
            .mixedExecutors(options.mixedExecutors())
            .progress(work.progress());
    for (Candidate candidate : work.candidates()) {
      evaluation.add(candidate);
    }
    work.engineCache().ifPresent(evaluation::engineCache);
    work.reference().ifPresent(evaluation::reference);
    options.partitions().ifPresent(evaluation::partitions);
    options.provenance().ifPresent(evaluation::provenance);
    boolean onGpu = work.candidates().stream().anyMatch(each -> each.backend().usesGpu());
    return whileConnected(() -> {
      if (onGpu) {
        gpuJars.forEach(spark::addJar);
      }
      return evaluation.run(work.data());
    });
  }

  private interface Work<R> {
    R run() throws IOException;
  }

  /// Spark gives up a cluster that it cannot reach in the background, and fails later in odd ways.
  private <R> R whileConnected(Work<R> work) throws IOException {
    try {
      return work.run();
    } catch (RuntimeException e) {
      if (e instanceof QuenchException || !spark.sc().isStopped()) {
        throw e;
      }
      throw new ClusterException(
          "Spark stopped: '%s' cannot be reached, or it ended the application; check the address and the log of the master"
              .formatted(options.master()),
          e);
    }
  }

  @Override
  public void close() {
    spark.close();
  }
}
