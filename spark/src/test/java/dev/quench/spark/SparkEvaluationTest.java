// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.ProfileOptions;
import dev.quench.eval.cluster.SharedMetric;
import dev.quench.graph.Model;
import dev.quench.metric.CombinedMetric;
import dev.quench.metric.classification.TopK;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.testing.Property;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SparkEvaluationTest {
  private static final SharedMetric METRIC =
      reference -> CombinedMetric.of(new TopK(), new TensorFidelity(reference.orElseThrow()));

  private static SparkSession session;
  private static JavaSparkContext spark;
  private static Model model;
  private static String input;

  @BeforeAll
  static void start() throws IOException {
    session = LocalSpark.builder("local[2]").getOrCreate();
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    model = SmallNetwork.model();
    input = SmallNetwork.input(model);
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static Candidate candidate() {
    return new Candidate("nin", model, new OnnxRuntimeBackend(), Precision.FP32, 1);
  }

  private static EvaluationResult single(int batchSize) throws IOException {
    try (Session session =
        new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT.withOptimization(false))) {
      return Evaluation.on(SmallNetwork.data(input, SmallNetwork.numbers()))
          .metric(METRIC.metric(Optional.of(Reference.running(session))))
          .fidelity(true)
          .batchSize(batchSize)
          .latency(new ProfileOptions(0, 3, 2))
          .add(candidate())
          .run()
          .results()
          .getFirst();
    }
  }

  @Test
  void anySplitGivesTheScoresOfOneMachine() throws IOException {
    EvaluationResult single = single(8);

    Property.check(
        "evaluation on spark",
        4,
        (random, _) -> {
          String name = input;
          EvaluationReport report =
              SparkEvaluation.on(spark, METRIC)
                  .reference(model)
                  .batchSize(8)
                  .partitions(1 + random.nextInt(7))
                  .add(candidate())
                  .run(() -> SmallNetwork.data(name, SmallNetwork.numbers()));
          requireSame(report.results().getFirst(), single);
          assertThat(report.skipped())
              .singleElement()
              .satisfies(notice -> assertThat(notice.subject()).contains("latency"));
          assertThat(report.toTable()).contains("nin");
          assertThat(report.toJson()).doesNotContain("latencyMillis");
          assertThat(report.toHtml("on a cluster")).contains("nin");
        });
  }

  private static void requireSame(EvaluationResult result, EvaluationResult single) {
    assertThat(result.scores()).isEqualTo(single.scores()).containsKeys("top1", "cosine");
    assertThat(result.optimizedScores()).isEqualTo(single.optimizedScores());
    assertThat(result.samples()).isEqualTo(single.samples());
    assertThat(result.latencyMillis()).isEmpty();
  }

  @Test
  void predictionsStandInTheOrderOfTheSamples() throws IOException {
    String name = input;
    EvaluationResult single =
        Evaluation.on(SmallNetwork.data(input, SmallNetwork.numbers()))
            .metric(new TopK())
            .latency(new ProfileOptions(0, 3, 2))
            .add(candidate())
            .run()
            .results()
            .getFirst();

    assertThat(
            SparkEvaluation.on(spark, _ -> new TopK())
                .batchSize(1)
                .partitions(5)
                .add(candidate())
                .run(() -> SmallNetwork.data(name, SmallNetwork.numbers()))
                .results()
                .getFirst()
                .predictions())
        .isEqualTo(single.predictions())
        .isPresent();
  }

  @Test
  void rowsGiveTheScoresOfOneMachine() throws IOException {
    EvaluationResult single = single(1);
    List<Row> rows =
        IntStream.range(0, SmallNetwork.SAMPLES).mapToObj(SparkEvaluationTest::row).toList();
    StructType schema =
        new StructType()
            .add("pixels", DataTypes.createArrayType(DataTypes.FloatType))
            .add("label", DataTypes.IntegerType);

    for (int partitions : new int[] {0, 5}) {
      SparkEvaluation evaluation =
          SparkEvaluation.on(spark, METRIC).reference(model).add(candidate());
      if (partitions > 0) {
        evaluation.partitions(partitions);
      }
      requireSame(
          evaluation
              .run(
                  session.createDataFrame(rows, schema),
                  SampleColumns.likeInputs().input(input, "pixels").label("label"),
                  "rows")
              .results()
              .getFirst(),
          single);
    }
  }

  private static Row row(int number) {
    List<Float> pixels = new ArrayList<>();
    for (float pixel : SmallNetwork.pixels(number)) {
      pixels.add(pixel);
    }
    return RowFactory.create(pixels, SmallNetwork.label(number));
  }
}
