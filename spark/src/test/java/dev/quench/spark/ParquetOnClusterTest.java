// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.ProfileOptions;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.EvaluationResult;
import dev.quench.run.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows that executors, as processes of their own, write as Parquet and read again.
class ParquetOnClusterTest {
  private static final StructType SCHEMA =
      new StructType().add("pixels", DataTypes.BinaryType).add("class", DataTypes.IntegerType);

  @TempDir private Path folder;

  @Test
  void givesTableAndScoresOfOneMachine() throws IOException {
    Model model = SmallNetwork.model();
    String input = SmallNetwork.input(model);
    Candidate candidate = new Candidate("nin", model, new OnnxRuntimeBackend(), Precision.FP32, 1);
    SampleColumns columns = SampleColumns.likeInputs().input(input, "pixels").label("class");
    String files = folder.resolve("samples.parquet").toString();
    CalibrationTable table;
    EvaluationResult judged;
    try (SparkSession session = LocalSpark.cluster(2, 1, 1024).getOrCreate()) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      session
          .createDataFrame(
              IntStream.range(0, SmallNetwork.SAMPLES).mapToObj(ParquetOnClusterTest::row).toList(),
              SCHEMA)
          .repartition(5)
          .write()
          .parquet(files);
      table =
          SparkCalibration.on(spark)
              .calibrate(
                  model,
                  SmallNetwork.tensors(model),
                  session.read().parquet(files),
                  columns,
                  "noise");
      judged =
          SparkEvaluation.on(spark, _ -> new TopK())
              .add(candidate)
              .run(session.read().parquet(files), columns, "samples")
              .results()
              .getFirst();
    }

    assertThat(SmallNetwork.bytes(table))
        .isEqualTo(
            SmallNetwork.bytes(
                SmallNetwork.single(
                    model,
                    new UnorderedDataset(SmallNetwork.data(input, SmallNetwork.numbers())))));
    assertThat(judged.samples()).isEqualTo(SmallNetwork.SAMPLES);
    assertThat(judged.scores())
        .isEqualTo(
            Evaluation.on(SmallNetwork.data(input, SmallNetwork.numbers()))
                .metric(new TopK())
                .batchSize(1)
                .latency(new ProfileOptions(0, 3, 2))
                .add(candidate)
                .run()
                .results()
                .getFirst()
                .scores());
  }

  private static Row row(int number) {
    ByteBuffer pixels =
        ByteBuffer.allocate(SmallNetwork.PIXELS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float pixel : SmallNetwork.pixels(number)) {
      pixels.putFloat(pixel);
    }
    return RowFactory.create(pixels.array(), SmallNetwork.label(number));
  }
}
