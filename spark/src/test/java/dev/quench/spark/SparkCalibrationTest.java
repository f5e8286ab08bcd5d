// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.data.array.TensorDataset;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import dev.quench.run.dataset.SharedDataset;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkCalibrationTest {
  private static SparkSession session;
  private static JavaSparkContext spark;
  private static Model model;
  private static String input;
  private static Set<String> tensors;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    session = LocalSpark.builder("local[2]").getOrCreate();
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    model = SmallNetwork.model();
    input = SmallNetwork.input(model);
    tensors = SmallNetwork.tensors(model);
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static CalibrationTable onSpark(SparkCalibration calibration) throws IOException {
    String name = input;
    return calibration.calibrate(
        model, tensors, () -> SmallNetwork.data(name, SmallNetwork.numbers()));
  }

  private static CalibrationTable inParts(int parts, SharedDataset data) throws IOException {
    return SparkCalibration.on(spark).partitions(parts).calibrate(model, tensors, data);
  }

  @Test
  void anySplitGivesTheBytesOfOneMachine() throws IOException {
    List<Object> single =
        SmallNetwork.bytes(
            SmallNetwork.single(model, SmallNetwork.data(input, SmallNetwork.numbers())));

    Property.check(
        "splits on spark",
        100,
        (random, size) -> {
          // Most splits are small, as each partition is a task; one has more parts than samples.
          int partitions = size == 0 ? SmallNetwork.SAMPLES + 5 : 1 + random.nextInt(8);
          CalibrationTable table =
              onSpark(
                  SparkCalibration.on(spark)
                      .partitions(partitions)
                      .batchSize(1 + random.nextInt(9)));
          assertThat(SmallNetwork.bytes(table)).as("%d partitions", partitions).isEqualTo(single);
        });
  }

  @Test
  void rowsInAnyOrderGiveTheBytesOfOneMachine() throws IOException {
    Dataset all = SmallNetwork.data(input, SmallNetwork.numbers());
    List<Object> single = SmallNetwork.bytes(SmallNetwork.single(model, new UnorderedDataset(all)));

    Property.check(
        "rows on spark",
        2,
        (random, size) -> {
          List<Integer> order = new ArrayList<>(SmallNetwork.numbers());
          Collections.shuffle(order, new Random(random.nextLong()));
          boolean binary = size % 2 == 0;
          org.apache.spark.sql.Dataset<Row> rows =
              session
                  .createDataFrame(
                      order.stream().map(number -> row(number, binary)).toList(), schema(binary))
                  .repartition(1 + random.nextInt(9));
          SparkCalibration calibration = SparkCalibration.on(spark);
          if (size == 1) {
            calibration.partitions(5);
          }
          CalibrationTable table =
              calibration.calibrate(
                  model, tensors, rows, SampleColumns.likeInputs().input(input, "pixels"), "noise");
          assertThat(SmallNetwork.bytes(table)).isEqualTo(single);
        });
  }

  private static Row row(int number, boolean binary) {
    float[] pixels = SmallNetwork.pixels(number);
    if (!binary) {
      List<Float> list = new ArrayList<>();
      for (float pixel : pixels) {
        list.add(pixel);
      }
      return RowFactory.create(number, list);
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(pixels.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(pixels);
    return RowFactory.create(number, bytes.array());
  }

  private static StructType schema(boolean binary) {
    return new StructType()
        .add("number", DataTypes.IntegerType)
        .add(
            "pixels",
            binary ? DataTypes.BinaryType : DataTypes.createArrayType(DataTypes.FloatType));
  }

  @Test
  void parquetIsReadAndNamedWhereARowIsDamaged() {
    List<Row> rows = new ArrayList<>();
    for (int number = 0; number < 6; number++) {
      rows.add(number == 4 ? RowFactory.create(number, new byte[] {1, 2, 3}) : row(number, true));
    }
    String file = folder.resolve("rows").toString();
    session.createDataFrame(rows, schema(true)).coalesce(1).write().parquet(file);

    assertThatThrownBy(() ->
            SparkCalibration.on(spark)
                .calibrate(
                    model,
                    tensors,
                    session.read().parquet(file),
                    SampleColumns.likeInputs().input(input, "pixels"),
                    "rows"))
        .isInstanceOf(ClusterException.class)
        .hasMessageMatching(
            "partition 0 on executor driver on [^:]*: row 4 \\(in file:.*parquet\\): column 'pixels' has 3 bytes; expected 3136 for FLOAT \\[1, 1, 28, 28]");
  }

  @Test
  void refusesColumnsThatDoNotFeedTheModel() {
    org.apache.spark.sql.Dataset<Row> rows =
        session.createDataFrame(List.of(row(1, true)), schema(true));

    assertThatThrownBy(() ->
            SparkCalibration.on(spark)
                .calibrate(model, tensors, rows, SampleColumns.likeInputs(), "rows"))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining(
            "the rows have no column '%s' for input '%s'; they have [number, pixels]"
                .formatted(input, input));
    assertThatThrownBy(() ->
            SparkCalibration.on(spark)
                .calibrate(
                    model,
                    tensors,
                    rows,
                    SampleColumns.likeInputs().input(input, "number"),
                    "rows"))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("column 'number' is int; expected binary, or an array of numbers");
  }

  @Test
  void namesTheSampleThatCannotBeCounted() {
    String name = input;
    assertThatThrownBy(() -> inParts(7, () -> withNaN(name, 33)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("samples 27-33 on executor driver")
        .hasMessageContaining("NaN")
        .hasMessageContaining("in sample 33");
  }

  private static Dataset withNaN(String input, int sample) {
    Dataset data = SmallNetwork.data(input, SmallNetwork.numbers());
    try (var batches = data.batches(SmallNetwork.SAMPLES)) {
      var all = batches.findFirst().orElseThrow();
      float[] pixels = all.inputs().get(input).toFloats();
      pixels[sample * SmallNetwork.PIXELS] = Float.NaN;
      return TensorDataset.of(
          "noise",
          Map.of(input, Tensor.ofFloats(all.inputs().get(input).shape(), pixels)),
          all.labels());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void saysInOneLineWhySparkGaveUp() {
    String name = input;
    assertThatThrownBy(
            () -> inParts(2, () -> new Broken(SmallNetwork.data(name, SmallNetwork.numbers()))))
        .isInstanceOf(ClusterException.class)
        .hasMessage("Spark gave up: the disk is on strike");
  }

  @Test
  void saysInOneLineThatAnExecutorHasNoOnnxRuntime() {
    String name = input;
    assertThatThrownBy(() ->
            inParts(
                2,
                () -> {
                  if (TaskContext.get() != null) {
                    throw new NoClassDefFoundError("ai/onnxruntime/OrtEnvironment");
                  }
                  return SmallNetwork.data(name, SmallNetwork.numbers());
                }))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("executor driver")
        .hasMessageContaining("NoClassDefFoundError: ai/onnxruntime/OrtEnvironment")
        .hasMessageContaining("every node needs")
        .hasMessageNotContaining("\n");
  }

  /// Fails in a way that another executor might not.
  private record Broken(Dataset data) implements ForwardingDataset {
    @Override
    public Stream<Batch> batches(int batchSize) {
      throw new IllegalStateException("the disk is on strike");
    }

    @Override
    public String digest() {
      return "";
    }

    @Override
    public Dataset limit(long limit) {
      return data.limit(limit);
    }
  }

  @Test
  void saysWhereEachPartWasSeenBesideTheTable() throws IOException {
    Path provenance = folder.resolve("provenance.json");
    AtomicLong progressed = new AtomicLong();

    CalibrationTable table =
        onSpark(
            SparkCalibration.on(spark)
                .partitions(4)
                .provenance(provenance)
                .progress(Progress.of((_, done, _) -> progressed.set(done))));

    JsonNode written = new ObjectMapper().readTree(Files.readString(provenance));
    assertThat(written.get("dataDigest").asText())
        .isEqualTo(table.header().data().getFirst().digest());
    assertThat(written.get("samples").asLong()).isEqualTo(SmallNetwork.SAMPLES);
    assertThat(written.get("executorKinds")).hasSize(1);
    assertThat(written.get("parts")).hasSize(4);
    assertThat(written.get("parts").get(2).get("samples").asLong()).isEqualTo(12);
    assertThat(progressed.get()).isEqualTo(SmallNetwork.SAMPLES);
  }
}
