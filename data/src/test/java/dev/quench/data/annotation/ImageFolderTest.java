// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);

  @TempDir private Path folder;

  private static Labels labels(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(100)) {
      return batches.findFirst().orElseThrow().labels();
    }
  }

  private void image(String name) throws IOException {
    ImageFiles.rgb(folder.resolve(name), 2, 1, 2, 3, 4);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  @Nested
  class OfClasses {
    @Test
    void numbersClassesInTheOrderOfTheirNames() throws IOException {
      image("dog/1.png");
      image("cat/2.png");
      image("cat/1.png");
      write("cat/notes.md", "no image");
      image("cat/.hidden.png");

      Dataset data = ImageFolder.open(folder, RGB, "x");

      assertThat(labels(data)).isEqualTo(new Labels.Classes(List.of(0, 0, 1)));
      assertThat(data.classNames()).containsExactly("cat", "dog");
    }

    @Test
    void takesNumbersAsTheyAre() throws IOException {
      image("10/1.png");
      image("9/1.png");

      assertThat(labels(ImageFolder.open(folder, RGB, "x")))
          .isEqualTo(new Labels.Classes(List.of(10, 9)));
    }

    @Test
    void takesTheOrderOfAList() throws IOException {
      image("cat/1.png");
      image("dog/1.png");
      write("classes.txt", "bird\ndog\r\ncat\n");

      Dataset data = ImageFolder.open(folder, RGB, "x");

      assertThat(labels(data)).isEqualTo(new Labels.Classes(List.of(2, 1)));
      assertThat(data.classNames()).containsExactly("bird", "dog", "cat");
    }

    @Test
    void refusesAClassThatIsNotListed() throws IOException {
      image("cow/1.png");
      write("classes.txt", "bird\n");

      assertThatThrownBy(() -> ImageFolder.open(folder, RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cow: its name is not among the 1 classes");
    }

    @Test
    void hasNoLabelsInAFlatFolder() throws IOException {
      image("1.png");

      assertThat(labels(ImageFolder.open(folder, RGB, "x"))).isEqualTo(new Labels.None());
    }

    @Test
    void refusesAnEmptyFolder() {
      assertThatThrownBy(() -> ImageFolder.open(folder, RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("expected images, found none");
      assertThatThrownBy(() -> ImageFolder.open(folder.resolve("none"), RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("no such folder");
    }

    @Test
    void refusesAnEmptyClassAndAMixture() throws IOException {
      image("cat/1.png");
      Files.createDirectory(folder.resolve("dog"));
      assertThatThrownBy(() -> ImageFolder.open(folder, RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("dog holds no images");

      image("loose.png");
      assertThatThrownBy(() -> ImageFolder.open(folder, RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("images itself and more in cat");
    }
  }

  @Nested
  class OfMasks {
    private Dataset open() throws IOException {
      return ImageFolder.openSegmentation(folder, RGB, "x");
    }

    @Test
    void pairsImagesWithMasks() throws IOException {
      image("images/b.png");
      image("images/a.bmp");
      ImageFiles.palette(folder.resolve("masks/a.png"), 2, 0, 1, 255, 1);
      ImageFiles.gray(folder.resolve("masks/b.png"), 2, 1, 1, 1, 0);

      assertThat(labels(open()))
          .isEqualTo(
              new Labels.Masks(
                  List.of(
                      Mask.of(2, 2, new byte[] {0, 1, (byte) 255, 1}),
                      Mask.of(2, 2, new byte[] {1, 1, 1, 0}))));
    }

    @Test
    void namesWhatHasNoPartner() throws IOException {
      image("images/a.png");
      image("images/c.png");
      ImageFiles.gray(folder.resolve("masks/a.png"), 2, 1, 1, 1, 0);
      assertThatThrownBy(this::open).hasMessageContaining("c.png has no mask");

      ImageFiles.gray(folder.resolve("masks/b.png"), 2, 1, 1, 1, 0);
      assertThatThrownBy(this::open).hasMessageContaining("b.png has no image");
    }

    @Test
    void refusesAMaskOfAnotherSize() throws IOException {
      image("images/a.png");
      ImageFiles.gray(folder.resolve("masks/a.png"), 1, 1, 1);

      assertThatThrownBy(() -> labels(open()))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("the image has 2 x 2 pixels, but the mask has 1 x 2");
    }

    @Test
    void refusesAClassWithoutName() throws IOException {
      image("images/a.png");
      ImageFiles.gray(folder.resolve("masks/a.png"), 2, 0, 1, 2, 255);
      write("classes.txt", "road\nsky\n");

      assertThatThrownBy(() -> labels(open()))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("class 2 at (0, 1), but the data name 2 classes");
    }
  }

  @Nested
  class OfTexts {
    @Test
    void readsALineForEachImage() throws IOException {
      image("lines/1.png");
      image("lines/2.png");
      write("labels.txt", "\uFEFFlines/2.png\tgrün\n\nlines/1.png\ta\tb\r\n");

      Dataset data = ImageFolder.openTexts(folder, RGB, "x");

      assertThat(labels(data)).isEqualTo(new Labels.Texts(List.of("grün", "a\tb")));
    }

    @Test
    void namesTheLineThatIsWrong() throws IOException {
      image("1.png");
      write("labels.txt", "1.png\ta\n2.png\tb\n");
      assertThatThrownBy(() -> ImageFolder.openTexts(folder, RGB, "x"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("labels.txt line 2: no file '2.png'");

      write("labels.txt", "1.png a\n");
      assertThatThrownBy(() -> ImageFolder.openTexts(folder, RGB, "x"))
          .hasMessageContaining("line 1: expected an image, a tab and its text");

      write("labels.txt", "../../etc/passwd\ta\n");
      assertThatThrownBy(() -> ImageFolder.openTexts(folder, RGB, "x"))
          .hasMessageContaining("leads out of the folder");

      Files.write(folder.resolve("labels.txt"), new byte[] {'a', (byte) 0xFF});
      assertThatThrownBy(() -> ImageFolder.openTexts(folder, RGB, "x"))
          .hasMessageContaining("not in UTF-8");
    }
  }
}
