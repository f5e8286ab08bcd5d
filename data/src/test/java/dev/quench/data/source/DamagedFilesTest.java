// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.data.annotation.CocoFile;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageFile;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.PreprocessingJson;
import dev.quench.data.image.RawImage;
import dev.quench.run.dataset.DataException;
import dev.quench.testing.ImageFiles;
import dev.quench.testing.Property;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever is in a file, it is read or refused by name.
class DamagedFilesTest {
  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);

  @TempDir private Path folder;

  private static byte[] damaged(byte[] whole, SplittableRandom random, int changes) {
    byte[] bytes = Arrays.copyOf(whole, whole.length - random.nextInt(whole.length / 2));
    for (int i = 0; i < changes; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "gif", "tif"})
  void readsOrNamesImages(String format) throws IOException {
    byte[] whole = Files.readAllBytes(ImageFiles.noise(folder.resolve("whole." + format), 9, 7, 3));
    Property.check(
        "damaged " + format,
        150,
        (random, size) -> {
          try {
            RawImage image = ImageFile.decode("the file", damaged(whole, random, 1 + size / 30));
            assertThat(image.width()).isPositive();
          } catch (DataException e) {
            assertThat(e).hasMessageContaining("the file");
          }
        });
  }

  @Test
  void readsOrNamesDeclarations() {
    byte[] whole = Preprocessing.IMAGENET.toJson().getBytes(StandardCharsets.UTF_8);
    Property.check(
        "damaged declarations",
        500,
        (random, size) -> {
          try {
            assertThat(PreprocessingJson.parse("the file", damaged(whole, random, 1))).isNotNull();
          } catch (DataException e) {
            assertThat(e).hasMessageContaining("the file");
          }
        });
  }

  @Test
  void readsOrNamesAnnotations() throws IOException {
    ImageFiles.noise(folder.resolve("a.png"), 9, 7, 3);
    byte[] whole =
        """
        {"images":[{"id":1,"file_name":"a.png","width":9,"height":7}],"categories":[{"id":3,"name":"x"}],
        "annotations":[{"id":1,"image_id":1,"category_id":3,"bbox":[1,2,3,4],"area":12,"iscrowd":0}]}\
        """
            .getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("instances.json");
    Property.check(
        "damaged annotations",
        500,
        (random, size) -> {
          Files.write(file, damaged(whole, random, 1 + size % 2));
          try {
            assertThat(CocoFile.open(file, Optional.empty(), RGB, "x").size()).isOne();
          } catch (DataException e) {
            assertThat(e).hasMessageContaining("instances.json");
          }
        });
  }
}
