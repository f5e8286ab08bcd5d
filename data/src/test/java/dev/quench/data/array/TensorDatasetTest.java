// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.ValueType;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorDatasetTest {
  private static final Tensor FIVE_PAIRS =
      Tensor.ofFloats(Shape.of(5, 2), 0, 1, 2, 3, 4, 5, 6, 7, 8, Float.NaN);

  private static List<Batch> all(Dataset data, int batchSize) throws IOException {
    try (Stream<Batch> batches = data.batches(batchSize)) {
      return batches.toList();
    }
  }

  @Test
  void cutsBatchesAlongAxisZero() throws IOException {
    Dataset data =
        TensorDataset.of("d", Map.of("x", FIVE_PAIRS), new Labels.Classes(List.of(5, 4, 3, 2, 1)));
    List<Batch> batches = all(data, 2);
    assertThat(batches).extracting(Batch::size).containsExactly(2, 2, 1);
    assertThat(batches.get(1).inputs().get("x").toFloats()).containsExactly(4, 5, 6, 7);
    assertThat(batches.get(2).labels()).isEqualTo(new Labels.Classes(List.of(1)));
    assertThat(batches.get(2).inputs().get("x").toFloats()[1]).isNaN();
  }

  @Test
  void limitsToTheFirstSamples() throws IOException {
    Dataset data = TensorDataset.of("d", Map.of("x", FIVE_PAIRS)).limit(3);
    assertThat(all(data, 2)).extracting(Batch::size).containsExactly(2, 1);
    assertThat(data.digest())
        .isEqualTo(
            TensorDataset.of("e", Map.of("x", Tensor.ofFloats(Shape.of(3, 2), 0, 1, 2, 3, 4, 5)))
                .digest());
    assertThatThrownBy(() -> data.limit(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWhatDoesNotStack() {
    Map<String, Tensor> uneven = new LinkedHashMap<>();
    uneven.put("x", FIVE_PAIRS);
    uneven.put("z", Tensor.vector(1, 2));
    assertThatThrownBy(() -> TensorDataset.of("d", uneven))
        .isInstanceOf(DataException.class)
        .hasMessage("d: input 'z' has 2 samples, others have 5");
    assertThatThrownBy(() -> TensorDataset.of("d", Map.of("x", Tensor.scalar(1f))))
        .hasMessageContaining("expected [samples, …]");
    assertThatThrownBy(
            () -> TensorDataset.of("d", Map.of("x", FIVE_PAIRS), new Labels.Classes(List.of(1, 2))))
        .hasMessage("d: 2 labels for 5 samples");
    assertThatThrownBy(() -> TensorDataset.of("d", Map.of("x", Tensor.vector())))
        .hasMessage("d: no samples");
  }

  @Test
  void readsFilesOfArrays(@TempDir Path folder) throws IOException {
    Path x = folder.resolve("x.npy");
    Path labels = folder.resolve("labels.npy");
    NpyFile.write(x, FIVE_PAIRS);
    NpyFile.write(labels, Tensor.vector(0, 1, 2, 3, 4));
    Dataset data = NpyDataset.open(Map.of("x", x), Optional.of(labels));
    assertThat(data.size()).isEqualTo(5);
    assertThat(all(data, 5).getFirst().labels())
        .isEqualTo(new Labels.Classes(List.of(0, 1, 2, 3, 4)));
    NpyFile.write(labels, Tensor.vector(0, 1, 2, 3, -4));
    assertThatThrownBy(() -> NpyDataset.open(Map.of("x", x), Optional.of(labels)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("label -4");
    assertThatThrownBy(() -> NpyDataset.open(Map.of("x", x), Optional.of(x)))
        .hasMessageContaining("expected integers [samples]");
  }

  @Nested
  class Noise {
    private static final Shape FREE_BATCH = Shape.of(Dim.of("N"), Dim.of(3), Dim.of(4));

    private RandomDataset noise(DataType type, long seed) {
      return RandomDataset.of(Map.of("x", ValueType.tensor(type, FREE_BATCH)), seed, 5);
    }

    @Test
    void doesNotDependOnTheBatchSize() throws IOException {
      Dataset data = noise(DataType.FLOAT, 7);
      Tensor whole = all(data, 5).getFirst().inputs().get("x");
      assertThat(whole.shape()).isEqualTo(Shape.of(5, 3, 4));
      Tensor last = all(data, 2).getLast().inputs().get("x");
      assertThat(last.toFloats()).containsExactly(Arrays.copyOfRange(whole.toFloats(), 48, 60));
      assertThat(data.isRandom()).isTrue();
    }

    @Test
    void dependsOnTheSeed() throws IOException {
      assertThat(all(noise(DataType.FLOAT, 7), 5).getFirst().inputs().get("x").toFloats())
          .isNotEqualTo(all(noise(DataType.FLOAT, 8), 5).getFirst().inputs().get("x").toFloats());
      assertThat(noise(DataType.FLOAT, 7).digest()).isNotEqualTo(noise(DataType.FLOAT, 8).digest());
    }

    @Test
    void samplesDiffer() throws IOException {
      List<Batch> batches = all(noise(DataType.FLOAT, 7), 1);
      assertThat(batches.get(0).inputs().get("x").toFloats())
          .isNotEqualTo(batches.get(1).inputs().get("x").toFloats());
    }

    @Test
    void keepsTypesAndRanges() throws IOException {
      for (DataType type :
          List.of(DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE, DataType.INT8)) {
        Tensor tensor = all(noise(type, 1), 5).getFirst().inputs().get("x");
        assertThat(tensor.dataType()).isEqualTo(type);
        assertThat(tensor.toDoubles()).doesNotContain(Double.NaN);
        assertThat(Arrays.stream(tensor.toDoubles()).distinct().count()).isGreaterThan(20);
      }
      for (DataType type : List.of(DataType.INT64, DataType.INT32, DataType.BOOL)) {
        assertThat(all(noise(type, 1), 5).getFirst().inputs().get("x").toLongs())
            .contains(0, 1)
            .containsOnly(0, 1);
      }
    }

    @Test
    void refusesFreeShapes() {
      assertThatThrownBy(() ->
              RandomDataset.of(
                  Map.of("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of(1), Dim.of("H")))),
                  1,
                  1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("free shape [1, H]");
      assertThatThrownBy(
              () -> RandomDataset.of(Map.of("x", ValueType.unranked(DataType.FLOAT)), 1, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
