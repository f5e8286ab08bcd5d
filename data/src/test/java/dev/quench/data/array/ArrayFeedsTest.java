// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.source.DataOptions;
import dev.quench.data.source.DataSource;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArrayFeedsTest {
  private final Map<String, TensorType> inputs = new LinkedHashMap<>();
  private final Map<String, Tensor> arrays = new LinkedHashMap<>();
  private final Map<String, OptionalInt> said = new LinkedHashMap<>();

  /// Values 0, 1, 2, … in the given shape.
  private void array(String name, long... shape) {
    float[] values = new float[(int) Shape.of(shape).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    arrays.put(name, Tensor.ofFloats(Shape.of(shape), values));
  }

  private void input(String name, Dim... dims) {
    inputs.put(name, ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }

  private TensorDataset data() {
    DataOptions options = DataOptions.of(inputs).withBatchAxes(said);
    ArrayFeeds.Fed fed =
        new ArrayFeeds(inputs, options.axes(), List.copyOf(said.keySet())).of("data", arrays);
    return TensorDataset.of("data", fed.tensors(), fed.feeds(), new Labels.None());
  }

  private static List<Batch> batches(Dataset data, int size) throws java.io.IOException {
    try (Stream<Batch> batches = data.batches(size)) {
      return batches.toList();
    }
  }

  private void stateAndRows(int samples) {
    input("x", Dim.of("N"), Dim.of(2));
    input("state", Dim.of(2), Dim.of("N"), Dim.of(3));
    array("x", samples, 2);
  }

  @Test
  void putsOneEntryASampleAlongTheNamedAxis() throws Exception {
    stateAndRows(4);
    array("state", 4, 2, 3);

    Tensor first = batches(data(), 2).getFirst().inputs().get("state");

    assertThat(first.shape()).isEqualTo(Shape.of(2, 2, 3));
    assertThat(first.toFloats()).containsExactly(0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11);
  }

  @Test
  void cutsSamplesAlongTheNamedAxis() throws Exception {
    stateAndRows(4);
    array("state", 2, 4, 3);

    Batch last = batches(data(), 3).getLast();

    assertThat(last.size()).isEqualTo(1);
    assertThat(last.inputs().get("state").shape()).isEqualTo(Shape.of(2, 1, 3));
    assertThat(last.inputs().get("state").toFloats()).containsExactly(9, 10, 11, 21, 22, 23);
  }

  @Test
  void dropsABatchOfOneFromEntries() throws Exception {
    stateAndRows(4);
    array("state", 4, 2, 1, 3);
    assertThat(batches(data(), 4).getFirst().inputs().get("state").shape())
        .isEqualTo(Shape.of(2, 4, 3));
  }

  @Test
  void refusesWhatCanBeReadInTwoWays() {
    stateAndRows(2);
    array("state", 2, 2, 3);
    assertThatThrownBy(this::data)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("along axis 0 or along axis 1; say --batch-axis state=1");
  }

  @Test
  void readsAlongTheAxisThatIsSaid() throws Exception {
    stateAndRows(2);
    array("state", 2, 2, 3);
    said.put("state", OptionalInt.of(1));
    assertThat(batches(data(), 1).getFirst().inputs().get("state").toFloats())
        .containsExactly(0, 1, 2, 6, 7, 8);
  }

  @Test
  void feedsAnArrayOfTheDeclaredShapeWithEveryBatch() throws Exception {
    input("scales", Dim.of(3));
    input("x", Dim.of("N"), Dim.of(2));
    array("scales", 3);
    array("x", 5, 2);

    List<Batch> batches = batches(data(), 2);

    assertThat(batches).extracting(Batch::size).containsExactly(2, 2, 1);
    assertThat(batches)
        .allSatisfy(batch -> {
          assertThat(batch.inputs().get("scales").shape()).isEqualTo(Shape.of(3));
          assertThat(batch.axes().of("scales")).isEmpty();
        });
  }

  @Test
  void feedsOneEntryASampleOneAtATime() throws Exception {
    input("x", Dim.of("N"), Dim.of(2));
    input("gain");
    array("x", 3, 2);
    array("gain", 3);

    List<Batch> batches = batches(data(), 8);

    assertThat(batches).extracting(Batch::size).containsExactly(1, 1, 1);
    assertThat(batches.get(2).inputs().get("gain").shape()).isEqualTo(Shape.SCALAR);
    assertThat(batches.get(2).inputs().get("gain").toFloats()).containsExactly(2);
  }

  @Test
  void keepsTheFixedBatchOfAllInputs() throws Exception {
    input("x", Dim.of(4), Dim.of(2));
    input("scales", Dim.of(3));
    array("x", 8, 2);
    array("scales", 3);
    assertThat(batches(data(), 4)).extracting(Batch::size).containsExactly(4, 4);
    array("scales", 8, 3);
    assertThatThrownBy(this::data).hasMessageContaining("the model takes 4 samples a call");
  }

  @Test
  void refusesAGuess() {
    input("x", Dim.UNKNOWN, Dim.of(2));
    input("state", Dim.of(2), Dim.UNKNOWN, Dim.of(3));
    array("x", 4, 2);
    array("state", 2, 4, 3);
    assertThatThrownBy(this::data).hasMessageContaining("--batch-axis state=K says another axis");
  }

  @Test
  void choosesSamplesAlongTheirAxes() throws Exception {
    stateAndRows(4);
    array("state", 2, 4, 3);
    TensorDataset all = data();

    Dataset some = all.sample(2, 3);

    Batch only = batches(some, 2).getFirst();
    float row = only.inputs().get("x").toFloats()[2] / 2;
    assertThat(only.inputs().get("state").toFloats()[3]).isEqualTo(3 * row);
    assertThat(some.digest()).isNotEqualTo(all.digest());
  }

  @Test
  void makesNoiseAlongTheAxes() throws Exception {
    stateAndRows(4);
    input("gain");
    inputs.put("x", ValueType.tensor(DataType.FLOAT, Shape.of(4, 2)));
    inputs.put("state", ValueType.tensor(DataType.FLOAT, Shape.of(2, 4, 3)));
    BatchAxes axes =
        BatchAxes.FIRST.with(Map.of("state", OptionalInt.of(1), "gain", OptionalInt.empty()));

    List<Batch> batches = batches(RandomDataset.of(inputs, axes, 1, 4), 3);

    assertThat(batches.getFirst().inputs().get("state").shape()).isEqualTo(Shape.of(2, 3, 3));
    assertThat(batches.getFirst().inputs().get("gain").toFloats())
        .isEqualTo(batches.getLast().inputs().get("gain").toFloats());
    Batch whole = batches(RandomDataset.of(inputs, axes, 1, 4), 4).getFirst();
    Tensor state = whole.inputs().get("state");
    assertThat(axes.part("state", state, 3, 4).toFloats())
        .isEqualTo(batches.getLast().inputs().get("state").toFloats());
  }

  @Test
  void readsAFolderOfSamplesOfDifferentSizes(
      @org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) throws Exception {
    input("x", Dim.of("N"), Dim.of("length"));
    input("gain");
    for (int i = 0; i < 4; i++) {
      array("x", i < 2 ? 3 : 5);
      NpyFile.write(folder.resolve(i + ".npy"), arrays.get("x"));
    }
    java.nio.file.Path gain = folder.resolve("gain.bin");
    NpyFile.write(gain, Tensor.scalar(2f));
    Map<String, java.nio.file.Path> files = new LinkedHashMap<>();
    files.put("x", folder);
    files.put("gain", gain);

    Dataset data = new DataSource.Npy(files).open(DataOptions.of(inputs).withReadAhead(0));

    assertThat(batches(data, 3)).extracting(Batch::size).containsExactly(2, 2);
    assertThat(batches(data, 3))
        .extracting(batch -> batch.inputs().get("x").shape())
        .containsExactly(Shape.of(2, 3), Shape.of(2, 5));
    assertThat(batches(data, 3))
        .allSatisfy(
            batch -> assertThat(batch.inputs().get("gain").shape()).isEqualTo(Shape.SCALAR));
    assertThat(data.sample(2, 1).size()).isEqualTo(2);
    assertThat(data.limit(2).digest()).isNotEqualTo(data.digest());
  }
}
