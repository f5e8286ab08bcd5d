// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.ProfileOptions;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.run.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Executors to which Spark assigns GPUs, as processes of their own. The GPUs are addresses alone,
/// and [EngineStandIn] stands for TensorRT.
class GpuExecutorsTest {
  @TempDir private Path folder;
  private Path settings;
  private Model model;

  @BeforeEach
  void prepare() throws IOException {
    settings = Files.createDirectory(folder.resolve("settings"));
    model = SmallNetwork.model();
  }

  /// Two executors of a core and a GPU each, on one worker.
  private SparkSession cluster() throws IOException {
    Path script =
        Files.writeString(
            folder.resolve("gpus.sh"),
            "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"4\", \"7\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return LocalSpark.cluster(1, 2, 2048)
        .config("spark.executor.cores", "1")
        .config("spark.executor.memory", "1g")
        .config(
            "spark.executor.extraJavaOptions",
            "-D%s=%s".formatted(EngineStandIn.SETTINGS, settings))
        .config("spark.worker.resource.gpu.amount", "2")
        .config("spark.worker.resource.gpu.discoveryScript", script.toString())
        .config("spark.executor.resource.gpu.amount", "1")
        .config("spark.task.resource.gpu.amount", "1")
        .getOrCreate();
  }

  private SparkEvaluation evaluation(SparkSession session, Path engines) {
    return SparkEvaluation.on(
            JavaSparkContext.fromSparkContext(session.sparkContext()), _ -> new TopK())
        .batchSize(8)
        .partitions(6)
        .engineCache(engines)
        .add(new Candidate("nin", model, new EngineStandIn(), Precision.FP32, 1));
  }

  private EvaluationReport run(SparkEvaluation evaluation) throws IOException {
    String input = SmallNetwork.input(model);
    return evaluation.run(() -> SmallNetwork.data(input, SmallNetwork.numbers()));
  }

  @Test
  void eachUsesItsGpuAndOneBuildsForEachKind() throws IOException {
    Files.writeString(settings.resolve("processes"), "2");
    try (SparkSession session = cluster()) {
      Path same = Files.createDirectory(folder.resolve("same"));
      EvaluationReport report = run(evaluation(session, same));

      assertThat(report.results().getFirst().scores()).isEqualTo(single().scores());
      assertThat(same.resolve("process-4")).exists();
      assertThat(same.resolve("process-7")).exists();
      assertThat(same.resolve("builds")).hasContent("GPU");

      Files.writeString(settings.resolve("mixed"), "");
      Path mixed = Files.createDirectory(folder.resolve("mixed"));
      run(evaluation(session, mixed).mixedExecutors(true));
      assertThat(Files.readAllLines(mixed.resolve("builds")))
          .containsExactlyInAnyOrder("GPU 4", "GPU 7");

      Path refused = Files.createDirectory(folder.resolve("refused"));
      assertThatThrownBy(() -> run(evaluation(session, refused)))
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("executors of different kinds took part")
          .hasMessageContaining("engines on GPU 4")
          .hasMessageContaining("engines on GPU 7");
    }
  }

  private EvaluationResult single() throws IOException {
    return Evaluation.on(SmallNetwork.data(SmallNetwork.input(model), SmallNetwork.numbers()))
        .metric(new TopK())
        .batchSize(8)
        .latency(new ProfileOptions(0, 3, 2))
        .add(new Candidate("nin", model, new OnnxRuntimeBackend(), Precision.FP32, 1))
        .run()
        .results()
        .getFirst();
  }

  @Test
  void severalGpusForOneExecutorAreRefused() {
    SparkConf two = new SparkConf(false).set("spark.executor.resource.gpu.amount", "2");

    assertThatThrownBy(() -> AssignedGpu.requireOne(two, new EngineStandIn()))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "spark.executor.resource.gpu.amount is 2, but an executor uses one GPU: set it to 1, and spark.task.resource.gpu.amount to 1 or less");
    AssignedGpu.requireOne(two, new OnnxRuntimeBackend());
    AssignedGpu.requireOne(new SparkConf(false), new EngineStandIn());
  }
}
