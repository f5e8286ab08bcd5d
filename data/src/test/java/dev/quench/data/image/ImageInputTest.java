// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.annotation.ImageFolder;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageInputTest {
  @TempDir private Path folder;

  private static BufferedImage gradient(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (3 * x % 256) << 16 | (5 * y % 256) << 8 | (x * y % 256));
      }
    }
    return image;
  }

  private Path written(BufferedImage image) throws IOException {
    Path file = folder.resolve("picture.png");
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  @Test
  void equalsWhatADataSetFeeds() throws IOException {
    Path file = written(gradient(300, 260));
    Tensor fed;
    try (Stream<Batch> batches = ImageFolder.open(folder, Preprocessing.IMAGENET, "x").batches(1)) {
      fed = batches.findFirst().orElseThrow().inputs().get("x");
    }
    ImageInput input = Preprocessing.IMAGENET.apply(Files.readAllBytes(file));
    assertThat(input.tensor().shape()).isEqualTo(Shape.of(1, 3, 224, 224));
    assertThat(input.tensor().toFloats()).isEqualTo(fed.toFloats());
  }

  @Test
  void takesBytesAndImagesOfTheDesktopToolkitAlike() throws IOException {
    BufferedImage image = gradient(260, 300);
    float[] fromBytes =
        Preprocessing.IMAGENET.apply(Files.readAllBytes(written(image))).tensor().toFloats();
    assertThat(Preprocessing.IMAGENET.apply(image).tensor().toFloats()).isEqualTo(fromBytes);
    assertThat(Preprocessing.IMAGENET.apply(ImageFile.of(image)).tensor().toFloats())
        .isEqualTo(fromBytes);
  }

  @Test
  void readsColoursNotPremultipliedLevels() {
    BufferedImage half = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB_PRE);
    half.setRGB(0, 0, 0x80FF8000);
    RawImage read = ImageFile.of(half);
    assertThat(read.at(0, 0, 0)).isEqualTo(255);
    assertThat(read.at(0, 0, 1)).isBetween(126, 129);
  }

  @Test
  void mapsBoxesBackToThePicture() {
    ImageInput input =
        PreprocessingPresets.find("yolo-640").orElseThrow().apply(gradient(320, 160));
    assertThat(input.tensor().shape()).isEqualTo(Shape.of(1, 3, 640, 640));
    assertThat(input.geometry().toInputX(320)).isEqualTo(640);
    assertThat(input.geometry().toInputY(0)).isEqualTo(160);
  }

  @Test
  void refusesColoursThatAreNotDeclared() {
    Preprocessing gray =
        Preprocessing.plain(ColorMode.GRAY, Normalization.UNIT).withCrop(Optional.empty());
    assertThatThrownBy(() -> gray.apply(gradient(4, 4)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("declares GRAY");
  }
}
