// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarFileTest {
  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.NONE);

  @TempDir private Path folder;

  /// Two records; red is the record's number, green the row, blue the column.
  private static byte[] records(int... classes) {
    byte[] bytes = new byte[classes.length * 3073];
    for (int record = 0; record < classes.length; record++) {
      int at = record * 3073;
      bytes[at++] = (byte) classes[record];
      for (int channel = 0; channel < 3; channel++) {
        for (int pixel = 0; pixel < 1024; pixel++) {
          bytes[at++] = (byte) (channel == 0 ? record : channel == 1 ? pixel / 32 : pixel % 32);
        }
      }
    }
    return bytes;
  }

  @Test
  void readsClassesAndPlanes() throws IOException {
    Files.write(folder.resolve("test_batch.bin"), records(3, 9));

    Dataset data = CifarFile.open(folder, IdxDataset.Split.TEST, RGB, "x");

    assertThat(data.classNames()).hasSize(10).startsWith("airplane");
    try (Stream<Batch> batches = data.batches(2)) {
      Batch batch = batches.findFirst().orElseThrow();
      assertThat(batch.labels()).isEqualTo(new Labels.Classes(List.of(3, 9)));
      assertThat(batch.inputs().get("x").shape()).isEqualTo(Shape.of(2, 3, 32, 32));
      int second = 3 * 1024;
      assertThat(batch.inputs().get("x").doubleAt(second + 5)).isEqualTo(1);
      assertThat(batch.inputs().get("x").doubleAt(second + 1024 + 33)).isEqualTo(1);
      assertThat(batch.inputs().get("x").doubleAt(second + 2048 + 33 + 6)).isEqualTo(7);
    }
  }

  @Test
  void joinsTheFiveTrainingFiles() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("cifar-10-batches-bin"));
    for (int i = 1; i <= 5; i++) {
      Files.write(inner.resolve("data_batch_" + i + ".bin"), records(i));
    }

    Dataset data = CifarFile.open(folder, IdxDataset.Split.TRAIN, RGB, "x");

    try (Stream<Batch> batches = data.limit(4).batches(10)) {
      assertThat(batches.findFirst().orElseThrow().labels())
          .isEqualTo(new Labels.Classes(List.of(1, 2, 3, 4)));
    }
  }

  @Test
  void refusesOtherFiles() throws IOException {
    assertThatThrownBy(() -> CifarFile.open(folder, IdxDataset.Split.TEST, RGB, "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("test_batch.bin: no such file");
    Files.write(folder.resolve("test_batch.bin"), new byte[3072]);
    assertThatThrownBy(() -> CifarFile.open(folder, IdxDataset.Split.TEST, RGB, "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("records of 3073 bytes");
    Files.write(folder.resolve("test_batch.bin"), records(1, 10));
    assertThatThrownBy(() -> CifarFile.open(folder, IdxDataset.Split.TEST, RGB, "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("record 1 has class 10");
  }
}
