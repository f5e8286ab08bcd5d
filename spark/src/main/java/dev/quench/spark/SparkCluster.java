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
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/// A connection of the command line to Spark.
final class SparkCluster implements Cluster {
  /// Jars of the command line that no executor needs: large ones, and those that Spark has itself.
  private static final List<String> DRIVER_ONLY =
      List.of(
          "pytorch",
          "openblas",
          "nd4j",
          "mkl",
          "cuda",
          "slf4j",
          "protobuf-java",
          "jackson",
          "scala-",
          "spark-",
          "hadoop-",
          "log4j");

  private final JavaSparkContext spark;
  private final ClusterProvider.Options options;

  private SparkCluster(JavaSparkContext spark, ClusterProvider.Options options) {
    this.spark = spark;
    this.options = options;
  }

  static SparkCluster connect(ClusterProvider.Options options) {
    SparkConf settings =
        new SparkConf()
            .setMaster(options.master())
            .setAppName("quench")
            .setIfMissing("spark.ui.enabled", "false")
            .setIfMissing("spark.ui.showConsoleProgress", "false");
    if (!options.master().equals("local") && !options.master().startsWith("local[")) {
      settings.setIfMissing("spark.jars", jars());
    }
    try {
      return new SparkCluster(new JavaSparkContext(settings), options);
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw JobRun.failed(e);
    }
  }

  /// The jars that executors need, Spark's own left out.
  private static String jars() {
    String sparkHome = System.getenv("SPARK_HOME");
    Set<String> wanted =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> entry.endsWith(".jar"))
            .filter(entry -> sparkHome == null || !entry.startsWith(sparkHome))
            .filter(entry -> {
              String name = String.valueOf(Path.of(entry).getFileName());
              return DRIVER_ONLY.stream().noneMatch(name::startsWith);
            })
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return String.join(",", wanted);
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
    work.reference().ifPresent(evaluation::reference);
    options.partitions().ifPresent(evaluation::partitions);
    options.provenance().ifPresent(evaluation::provenance);
    return whileConnected(() -> evaluation.run(work.data()));
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
