// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
  @TempDir Path folder;
  private Path images;
  private Path labels;

  @BeforeEach
  void writeFiles() throws IOException {
    images = folder.resolve("images");
    labels = folder.resolve("labels");
    byte[] pixels = new byte[3 * 2 * 2];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 23);
    }
    Files.write(images, idx(pixels, 3, 2, 2));
    Files.write(labels, idx(new byte[] {7, (byte) 200, 0}, 3));
  }

  @Test
  void normalizesInDouble() throws IOException {
    Normalization normalization = Normalization.of(0.2860, 0.3530, 1 / 255.0);
    Batch batch = open(normalization).batches(2).toList().getLast();
    assertThat(batch.size()).isEqualTo(1);
    assertThat(batch.inputs().get("image").shape()).isEqualTo(Shape.of(1, 1, 2, 2));
    assertThat(batch.inputs().get("image").toFloats()[3])
        .isEqualTo((float) ((11 * 23 / 255.0 - 0.2860) / 0.3530));
    assertThat(batch.labels()).isEqualTo(new Labels.Classes(List.of(0)));
  }

  @Test
  void readsLabelsAsUnsigned() throws IOException {
    assertThat(open(Normalization.UNIT).batches(3).findFirst().orElseThrow().labels())
        .isEqualTo(new Labels.Classes(List.of(7, 200, 0)));
  }

  @Test
  void normalizesEachChannel() throws IOException {
    Files.write(images, idx(new byte[] {10, 20, 30, 40, 50, 60}, 3, 2, 1, 1));
    Normalization normalization = new Normalization(List.of(1.0, 2.0), List.of(1.0, 10.0), 1);
    assertThat(
            open(normalization)
                .batches(3)
                .findFirst()
                .orElseThrow()
                .inputs()
                .get("image")
                .toFloats())
        .containsExactly(9f, 1.8f, 29f, 3.8f, 49f, 5.8f);
  }

  @Test
  void readsGzippedFilesAlike() throws IOException {
    IdxDataset plain = open(Normalization.UNIT);
    byte[] content = Files.readAllBytes(images);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(images))) {
      out.write(content);
    }
    assertThat(open(Normalization.UNIT).digest()).isEqualTo(plain.digest());
  }

  @Test
  void digestDependsOnDataPreprocessingAndLimit() throws IOException {
    IdxDataset all = open(Normalization.UNIT);
    assertThat(all.digest()).hasSize(64).isEqualTo(open(Normalization.UNIT).digest());
    assertThat(all.limit(2).digest()).isNotEqualTo(all.digest());
    assertThat(open(Normalization.of(0.5, 1, 1)).digest()).isNotEqualTo(all.digest());
    assertThat(all.limit(99)).isSameAs(all);
  }

  @Test
  void refusesDamagedFiles() throws IOException {
    byte[] good = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(good, good.length - 1));
    refused("ends after 11 of 12 elements");
    Files.write(images, Arrays.copyOf(good, good.length + 1));
    refused("goes on after the 12 elements");
    Files.write(images, Arrays.copyOf(good, 9));
    refused("ends within its header");
    Files.write(images, new byte[] {1, 2, 3});
    refused("is no IDX file");
    Files.write(images, idx(new byte[0], Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
    refused("more than");
    Files.write(images, new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
    refused("damaged gzip file");
  }

  @Test
  void refusesLabelsOfOtherImages() throws IOException {
    Files.write(labels, idx(new byte[] {1, 2}, 2));
    refused("expected one label for each of the 3 images");
  }

  private void refused(String reason) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> open(Normalization.UNIT))
        .withMessageContaining(reason);
  }

  private IdxDataset open(Normalization normalization) throws IOException {
    return IdxDataset.open(images, labels, normalization, "image");
  }

  private static byte[] idx(byte[] elements, int... sizes) {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * sizes.length);
    header.putInt(0x0800 + sizes.length);
    header.asIntBuffer().put(sizes);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(header.array());
    file.writeBytes(elements);
    return file.toByteArray();
  }
}
