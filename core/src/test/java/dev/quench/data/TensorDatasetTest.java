// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TensorDatasetTest {
  private static final Tensor PAIRS = Tensor.ofFloats(Shape.of(3, 2), 1, 2, 3, 4, 5, 6);

  @Test
  void cutsBatchesInOrder() {
    TensorDataset data = TensorDataset.of("pairs", Map.of("x", PAIRS), List.of(4, 5, 6));
    List<Batch> batches = data.batches(2).toList();
    assertThat(batches).extracting(Batch::size).containsExactly(2, 1);
    assertThat(batches.getLast().inputs().get("x").toFloats()).containsExactly(5, 6);
    assertThat(batches.getLast().labels()).isEqualTo(new Labels.Classes(List.of(6)));
  }

  @Test
  void limitsSamplesAndLabels() throws IOException {
    Dataset data = TensorDataset.of("pairs", Map.of("x", PAIRS), List.of(4, 5, 6)).limit(2);
    assertThat(data.size()).isEqualTo(2);
    assertThat(data.batches(9).findFirst().orElseThrow().labels())
        .isEqualTo(new Labels.Classes(List.of(4, 5)));
  }

  @Test
  void digestIsThatOfNamesTypesAndElements() {
    String digest = TensorDataset.of("a", Map.of("x", PAIRS)).digest();
    assertThat(TensorDataset.of("b", Map.of("x", PAIRS)).digest()).isEqualTo(digest);
    assertThat(TensorDataset.of("a", Map.of("y", PAIRS)).digest()).isNotEqualTo(digest);
    assertThat(TensorDataset.of("a", Map.of("x", PAIRS.reshape(Shape.of(3, 1, 2)))).digest())
        .isNotEqualTo(digest);
  }

  @Test
  void refusesWhatDoesNotBelongTogether() {
    Tensor two = Tensor.ofFloats(Shape.of(2), 1, 2);
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TensorDataset.of("d", Map.of("x", PAIRS, "y", two)))
        .withMessageContaining("as many for each input");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TensorDataset.of("d", Map.of("x", PAIRS), List.of(1)))
        .withMessageContaining("1 labels for 3 samples");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TensorDataset.of("d", Map.of("x", Tensor.scalar(1f))))
        .withMessageContaining("samples along the first axis");
  }

  @Nested
  class RandomSamples {
    private final RandomDataset data =
        new RandomDataset(
            List.of(
                new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3))),
                new TensorSpec("ids", DataType.INT64, Shape.of(1, 2))),
            5,
            7);

    @Test
    void areTheSameForAnyBatchSize() {
      Batch whole = data.batches(7).findFirst().orElseThrow();
      List<Tensor> single = data.batches(1).map(batch -> batch.inputs().get("x")).toList();
      assertThat(Stacking.stack(single).contentEquals(whole.inputs().get("x"))).isTrue();
      assertThat(whole.inputs().get("ids").toLongs()).containsAnyOf(0, 1).hasSize(14);
    }

    @Test
    void differFromEachOther() {
      List<Batch> batches = data.batches(1).toList();
      assertThat(batches.get(0).inputs().get("x").contentEquals(batches.get(1).inputs().get("x")))
          .isFalse();
    }

    @Test
    void sayThatTheyAreRandom() {
      assertThat(data.isRandom()).isTrue();
      assertThat(data.limit(3).isRandom()).isTrue();
      assertThat(data.digest()).isNotEqualTo(data.limit(3).digest());
    }
  }
}
