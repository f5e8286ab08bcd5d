// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.data.array.IdxDataset.Split;
import dev.quench.data.image.Normalization;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
  private static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  @TempDir Path folder;

  /// Three images of 2 × 3 pixels with the bytes 0, 1, 2, …
  private static byte[] images() {
    ByteBuffer buffer = ByteBuffer.allocate(16 + 18).putInt(0x803).putInt(3).putInt(2).putInt(3);
    for (int i = 0; i < 18; i++) {
      buffer.put((byte) i);
    }
    return buffer.array();
  }

  private static byte[] labels() {
    return ByteBuffer.allocate(11)
        .putInt(0x801)
        .putInt(3)
        .put((byte) 7)
        .put((byte) 0)
        .put((byte) 200)
        .array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(zipped)) {
      out.write(bytes);
    }
    return zipped.toByteArray();
  }

  private IdxDataset open(byte[] images, byte[] labels) throws IOException {
    Path imagesFile = Files.write(folder.resolve("images"), images);
    Path labelsFile = Files.write(folder.resolve("labels"), labels);
    return IdxDataset.open(imagesFile, labelsFile, Normalization.NONE, "x");
  }

  private static List<Batch> all(Dataset data, int batchSize) throws IOException {
    try (Stream<Batch> batches = data.batches(batchSize)) {
      return batches.toList();
    }
  }

  @Test
  void givesImagesAndLabelsInOrder() throws IOException {
    List<Batch> batches = all(open(images(), labels()), 2);
    assertThat(batches).extracting(Batch::size).containsExactly(2, 1);
    assertThat(batches.get(1).inputs().get("x").shape()).isEqualTo(Shape.of(1, 1, 2, 3));
    assertThat(batches.get(1).inputs().get("x").toFloats()).containsExactly(12, 13, 14, 15, 16, 17);
    assertThat(batches.get(0).labels()).isEqualTo(new Labels.Classes(List.of(7, 0)));
    assertThat(batches.get(1).labels()).isEqualTo(new Labels.Classes(List.of(200)));
  }

  @Test
  void readsGzipByContent() throws IOException {
    assertThat(open(gzip(images()), gzip(labels())).digest())
        .isEqualTo(open(images(), labels()).digest());
  }

  @Test
  void normalizesWithUnsignedBytes() throws IOException {
    byte[] images = images();
    images[16] = (byte) 255;
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), images);
    Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), gzip(labels()));
    IdxDataset data = IdxDataset.openDirectory(folder, Split.TEST, Normalization.UNIT, "x");
    assertThat(all(data, 3).getFirst().inputs().get("x").toFloats()[0]).isEqualTo(1f);
  }

  @Test
  void digestCoversDataNormalizationAndLimit() throws IOException {
    IdxDataset data = open(images(), labels());
    byte[] changed = images();
    changed[33] ^= 1;
    IdxDataset other = open(changed, labels());
    assertThat(other.digest()).isNotEqualTo(data.digest());
    assertThat(other.limit(2).digest()).isEqualTo(data.limit(2).digest());
    assertThat(data.limit(2).size()).isEqualTo(2);
    assertThat(data.limit(10).digest()).isEqualTo(data.digest());
    IdxDataset scaled =
        IdxDataset.open(
            folder.resolve("images"), folder.resolve("labels"), Normalization.UNIT, "x");
    assertThat(scaled.digest()).isNotEqualTo(other.digest());
  }

  @Test
  void namesTheDamagedFile() throws IOException {
    byte[] images = images();
    byte[] zipped = gzip(images);
    assertRefused(Arrays.copyOf(images, 20), "images", "truncated, holds 4 of the 18 elements");
    assertRefused(Arrays.copyOf(images, 35), "images", "has data after the 18 elements");
    assertRefused(Arrays.copyOf(images, 6), "images", "truncated within its header");
    assertRefused(new byte[0], "images", "starts with nothing");
    assertRefused("hello".getBytes(StandardCharsets.UTF_8), "images", "not an IDX");
    assertRefused(labels(), "images", "1 axes, expected 3");
    assertRefused(Arrays.copyOf(zipped, zipped.length / 2), "images", "truncated gzip");
    zipped[zipped.length - 6] ^= 1;
    assertRefused(zipped, "images", "gzip");
    assertRefused(new byte[] {0x1F, (byte) 0x8B, 1, 2}, "images", "gzip");
  }

  private void assertRefused(byte[] images, String file, String problem) {
    assertThatThrownBy(() -> open(images, labels()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(folder.resolve(file).toString())
        .hasMessageContaining(problem);
  }

  @Test
  void refusesHugeHeaders() {
    byte[] images = images();
    ByteBuffer.wrap(images).putInt(4, Integer.MAX_VALUE).putInt(8, Integer.MAX_VALUE);
    assertRefused(images, "images", "at most 1073741824 elements");
    ByteBuffer.wrap(images).putInt(4, -3);
    assertRefused(images, "images", "expected positive ones");
  }

  @Test
  void refusesLabelsOfAnotherCount() {
    byte[] labels = ByteBuffer.allocate(10).putInt(0x801).putInt(2).putShort((short) 1).array();
    assertThatThrownBy(() -> open(images(), labels))
        .hasMessageContaining("3 images")
        .hasMessageContaining("2 labels");
  }

  @Test
  void saysWhichFilesAFolderLacks() {
    assertThatThrownBy(() -> IdxDataset.openDirectory(folder, Split.TRAIN, Normalization.NONE, "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-images-idx3-ubyte");
  }

  @Test
  void readsFashionMnist() throws IOException {
    assumeTrue(
        Files.isDirectory(FASHION_MNIST),
        "the Debian package dataset-fashion-mnist is not installed");
    IdxDataset test = IdxDataset.openDirectory(FASHION_MNIST, Split.TEST, Normalization.UNIT, "x");
    assertThat(test.size()).isEqualTo(10_000);
    assertThat(test.height()).isEqualTo(28);
    int[] perClass = new int[10];
    for (Batch batch : all(test, 1000)) {
      for (int label : ((Labels.Classes) batch.labels()).indices()) {
        perClass[label]++;
      }
    }
    assertThat(perClass).containsOnly(1000);
  }
}
