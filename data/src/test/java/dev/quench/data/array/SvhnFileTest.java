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
import dev.quench.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// On files in the layout that MATLAB and SciPy write, plain and compressed.
class SvhnFileTest {
  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.NONE);
  private static final int DOUBLE = 9;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsRowsOfPlanesAndTenAsZero(boolean compressed) throws IOException {
    Path file = folder.resolve("test_32x32.mat");
    Files.write(file, mat(compressed, images(3), labels(2, new byte[] {1, 10, 9})));

    Dataset data = SvhnFile.open(folder, IdxDataset.Split.TEST, RGB, "x");

    assertThat(data.classNames()).hasSize(10).startsWith("0", "1");
    try (Stream<Batch> batches = data.batches(3)) {
      Batch batch = batches.findFirst().orElseThrow();
      assertThat(batch.labels()).isEqualTo(new Labels.Classes(List.of(1, 0, 9)));
      Tensor values = batch.inputs().get("x");
      int second = 3 * 1024;
      int at = 5 * 32 + 17; // row 5, column 17
      assertThat(values.doubleAt(second + at)).as("red: the sample").isEqualTo(1);
      assertThat(values.doubleAt(second + 1024 + at)).as("green: the row").isEqualTo(5);
      assertThat(values.doubleAt(second + 2048 + at)).as("blue: the column").isEqualTo(17);
    }
  }

  @Test
  void readsLabelsStoredAsDouble() throws IOException {
    byte[] ten = new byte[8];
    ByteBuffer.wrap(ten).order(ByteOrder.LITTLE_ENDIAN).putDouble(10);
    Path file = folder.resolve("any.mat");
    Files.write(file, mat(true, images(1), labels(DOUBLE, ten)));

    Dataset data = SvhnFile.open(file, IdxDataset.Split.TRAIN, RGB, "x");

    try (Stream<Batch> batches = data.batches(1)) {
      assertThat(batches.findFirst().orElseThrow().labels())
          .isEqualTo(new Labels.Classes(List.of(0)));
    }
  }

  @Test
  void refusesOtherFiles() throws IOException {
    assertRefused("no such file", null);
    assertRefused("too short", new byte[100]);
    assertRefused("not a MATLAB file of level 5", new byte[200]);
    assertRefused("holds the arrays [X]", mat(false, images(1)));
    assertRefused("2 labels for 1 images", mat(true, images(1), labels(2, new byte[2])));
    assertRefused("image 0 has label 11", mat(true, images(1), labels(2, new byte[] {11})));
    byte[] wrongShape = matrix("X", 2, new int[] {32, 32, 2, 3}, new byte[32 * 32 * 6]);
    assertRefused(
        "expected bytes [32, 32, 3, samples]", mat(true, wrongShape, labels(2, new byte[3])));
  }

  @Test
  void refusesSizesThatNoFileHoldsBeforeItAllocates() throws IOException {
    byte[] huge =
        matrix("X", 2, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, 3, 5}, new byte[8]);

    assertRefused("damaged", mat(true, huge));
  }

  @Test
  void refusesEveryCut() throws IOException {
    for (boolean compressed : new boolean[] {false, true}) {
      byte[] whole = mat(compressed, images(1), labels(2, new byte[] {3}));
      for (int length = 128; length < whole.length; length += 7) {
        Path file = folder.resolve("cut.mat");
        Files.write(file, Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> SvhnFile.open(file, IdxDataset.Split.TEST, RGB, "x"))
            .as("%d of %d bytes", length, whole.length)
            .isInstanceOf(DataException.class);
      }
    }
  }

  private void assertRefused(String message, byte[] bytes) throws IOException {
    Path file = folder.resolve("file.mat");
    if (bytes != null) {
      Files.write(file, bytes);
    }
    assertThatThrownBy(() -> SvhnFile.open(file, IdxDataset.Split.TEST, RGB, "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  /// Red is the sample's number, green the row, blue the column; columns are stored first.
  private static byte[] images(int samples) {
    byte[] bytes = new byte[samples * 3072];
    for (int i = 0; i < bytes.length; i++) {
      int row = i % 32;
      int column = i / 32 % 32;
      int channel = i / 1024 % 3;
      bytes[i] = (byte) (channel == 0 ? i / 3072 : channel == 1 ? row : column);
    }
    return matrix("X", 2, new int[] {32, 32, 3, samples}, bytes);
  }

  private static byte[] labels(int type, byte[] bytes) {
    int count = bytes.length / (type == DOUBLE ? 8 : 1);
    return matrix("y", type, new int[] {count, 1}, bytes);
  }

  private static byte[] matrix(String name, int type, int[] sizes, byte[] data) {
    ByteBuffer flags = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    flags.putInt(type == DOUBLE ? 6 : 9);
    ByteBuffer dimensions = ByteBuffer.allocate(4 * sizes.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int size : sizes) {
      dimensions.putInt(size);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(element(6, flags.array()));
    out.writeBytes(element(5, dimensions.array()));
    out.writeBytes(element(1, name.getBytes(StandardCharsets.US_ASCII)));
    out.writeBytes(element(type, data));
    return element(14, out.toByteArray());
  }

  /// Up to four bytes lie in the tag.
  private static byte[] element(int type, byte[] data) {
    boolean small = data.length <= 4;
    int padded = small ? 8 : 8 + (data.length + 7) / 8 * 8;
    ByteBuffer buffer = ByteBuffer.allocate(padded).order(ByteOrder.LITTLE_ENDIAN);
    if (small) {
      buffer.putInt(data.length << 16 | type).put(data);
    } else {
      buffer.putInt(type).putInt(data.length).put(data);
    }
    return buffer.array();
  }

  private static byte[] mat(boolean compressed, byte[]... elements) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] header = new byte[128];
    Arrays.fill(header, 0, 116, (byte) ' ');
    header[125] = 1;
    header[126] = 'I';
    header[127] = 'M';
    out.writeBytes(header);
    for (byte[] element : elements) {
      if (!compressed) {
        out.writeBytes(element);
        continue;
      }
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (DeflaterOutputStream deflater = new DeflaterOutputStream(packed)) {
        deflater.write(element);
      }
      ByteBuffer tag = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      out.writeBytes(tag.putInt(15).putInt(packed.size()).array());
      packed.writeTo(out);
    }
    return out.toByteArray();
  }
}
