// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.eval.Candidate;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterEvaluation;
import dev.quench.eval.cluster.ClusterProvider;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The folder of engines reaches the backend on every way into a job.
class SharedEnginesTest {
  @TempDir private Path engines;
  private Candidate candidate;

  @BeforeEach
  void prepare() throws IOException {
    Model model = SmallNetwork.model();
    candidate = new Candidate("nin", model, new EngineStandIn(), Precision.FP32, 1);
  }

  private String input() {
    return SmallNetwork.input(candidate.model());
  }

  @Test
  void fromTheCommandLine() throws IOException {
    String input = input();
    try (Cluster cluster =
        new SparkClusterProvider()
            .connect(
                new ClusterProvider.Options(
                    "local[1]", OptionalInt.of(2), false, Optional.empty()))) {
      cluster.evaluate(
          new ClusterEvaluation(
              List.of(candidate),
              () -> SmallNetwork.data(input, SmallNetwork.numbers()),
              _ -> new TopK(),
              Optional.empty(),
              8,
              Optional.of(engines),
              Progress.NONE));
    }
    assertThat(engines.resolve("builds")).hasContent("GPU");
  }

  @Test
  void fromRows() throws IOException {
    try (SparkSession session = LocalSpark.builder("local[1]").getOrCreate()) {
      List<Row> rows =
          IntStream.range(0, 4)
              .mapToObj(i -> RowFactory.create(SmallNetwork.pixels(i), SmallNetwork.label(i)))
              .toList();
      StructType schema =
          new StructType()
              .add("pixels", DataTypes.createArrayType(DataTypes.FloatType))
              .add("label", DataTypes.IntegerType);
      SparkEvaluation.on(JavaSparkContext.fromSparkContext(session.sparkContext()), _ -> new TopK())
          .engineCache(engines)
          .add(candidate)
          .run(
              session.createDataFrame(rows, schema),
              SampleColumns.likeInputs().input(input(), "pixels").label("label"),
              "rows");
    }
    assertThat(engines.resolve("builds")).hasContent("GPU");
  }
}
