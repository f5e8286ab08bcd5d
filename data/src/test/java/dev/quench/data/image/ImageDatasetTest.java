// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.data.annotation.ImageFolder;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.run.dataset.SkippedFile;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.ImageFiles;
import dev.quench.testing.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageDatasetTest {
  private static final Preprocessing RGB =
      Preprocessing.plain(ColorMode.RGB, new Normalization(1, List.of(0.0), List.of(2.0)));

  @TempDir private Path folder;

  @Test
  void laysOutChannelsAsDeclared() throws IOException {
    ImageFiles.rgb(folder.resolve("a.png"), 2, 0x0A141E, 0x28323C);

    assertThat(only(RGB).toFloats()).containsExactly(5, 20, 10, 25, 15, 30);
    assertThat(only(RGB).shape()).isEqualTo(Shape.of(1, 3, 1, 2));
    Tensor nhwc = only(RGB.withOutput(Layout.NHWC, DataType.FLOAT));
    assertThat(nhwc.toFloats()).containsExactly(5, 10, 15, 20, 25, 30);
    assertThat(nhwc.shape()).isEqualTo(Shape.of(1, 1, 2, 3));
    Tensor bgr = only(Preprocessing.plain(ColorMode.BGR, RGB.normalization()));
    assertThat(bgr.toFloats()).containsExactly(15, 30, 10, 25, 5, 20);
  }

  @Test
  void normalizesBgrInItsOwnOrder() throws IOException {
    ImageFiles.rgb(folder.resolve("a.png"), 1, 0x0A141E);
    Normalization byChannel =
        new Normalization(1, List.of(30.0, 20.0, 9.0), List.of(1.0, 1.0, 1.0));

    assertThat(only(Preprocessing.plain(ColorMode.BGR, byChannel)).toFloats())
        .containsExactly(0, 0, 1);
  }

  @Test
  void givesIntegersToIntegerInputs() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 3, 0, 5, 255);
    Preprocessing gray = Preprocessing.plain(ColorMode.GRAY, Normalization.NONE);

    assertThat(only(gray.withOutput(Layout.NCHW, DataType.UINT8)).toLongs())
        .containsExactly(0, 5, 255);
    assertThat(
            only(gray.withNormalization(new Normalization(1, List.of(128.0), List.of(2.0)))
                    .withOutput(Layout.NCHW, DataType.INT8))
                .toLongs())
        .containsExactly(-64, -62, 64);
    assertThat(only(gray.withOutput(Layout.NCHW, DataType.INT8)).toLongs())
        .as("saturated")
        .containsExactly(0, 5, 127);
    assertThat(only(gray.withOutput(Layout.NCHW, DataType.INT64)).toLongs())
        .containsExactly(0, 5, 255);
    assertThat(only(gray.withOutput(Layout.NCHW, DataType.FLOAT16)).toFloats())
        .containsExactly(0, 5, 255);
    assertThat(only(gray.withOutput(Layout.NCHW, DataType.BFLOAT16)).toFloats())
        .containsExactly(0, 5, 255);
  }

  @Test
  void refusesGrayForAColourModelUnlessItMayConvert() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 1, 40);

    assertThatThrownBy(() -> only(RGB))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.png: a grayscale image, but the preprocessing declares RGB");
    assertThat(only(RGB.withColorConversion(true)).toFloats()).containsExactly(20, 20, 20);
  }

  @Test
  void refusesColoursForAGrayModelUnlessItMayConvert() throws IOException {
    ImageFiles.rgb(folder.resolve("a.png"), 1, 0xFF8000);
    Preprocessing gray = Preprocessing.plain(ColorMode.GRAY, Normalization.NONE);

    assertThatThrownBy(() -> only(gray))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a coloured image");
    assertThat(only(gray.withColorConversion(true)).toFloats())
        .containsExactly((float) Math.rint(0.299 * 255 + 0.587 * 128));
  }

  @Test
  void letterboxesAndSaysWhereTheImageIs() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 4, 10, 10, 10, 10, 10, 10, 10, 10);
    Preprocessing box =
        Preprocessing.plain(ColorMode.GRAY, new Normalization(1, List.of(10.0), List.of(1.0)))
            .withResize(
                new Resize.Letterbox(2, 3, OptionalInt.of(12), true), Interpolation.BILINEAR);

    Batch batch = first(box);

    assertThat(batch.inputs().get("x").toFloats()).containsExactly(2, 2, 0, 0, 2, 2);
    ImageGeometry geometry = batch.images().getFirst().geometry();
    assertThat(geometry).isEqualTo(new ImageGeometry(4, 2, 2, 3, 0.5, 0.5, 0, 1));
    assertThat(geometry.toImage(new Box(1, 0, 2, 1.5))).isEqualTo(new Box(2, 0, 4, 1));
  }

  @Test
  void padsWithZeroAfterNormalization() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 2, 10, 10);
    Preprocessing box =
        Preprocessing.plain(ColorMode.GRAY, new Normalization(1, List.of(3.5), List.of(1.0)))
            .withResize(
                new Resize.Letterbox(3, 1, OptionalInt.empty(), false), Interpolation.NEAREST);

    assertThat(only(box).toFloats()).containsExactly(6.5f, 6.5f, 0);
  }

  @Test
  void fillsUpShortLinesAtTheRight() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 2, 10, 20);
    Preprocessing line =
        Preprocessing.plain(ColorMode.GRAY, new Normalization(1, List.of(4.0), List.of(2.0)))
            .withResize(new Resize.FixedHeight(1, 3, 8, 4), Interpolation.BILINEAR);

    assertThat(only(line).toFloats()).containsExactly(3, 8, 0, 0);
  }

  @Test
  void refusesAnEnormousResult() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 1, 10);
    Preprocessing huge =
        Preprocessing.plain(ColorMode.GRAY, Normalization.UNIT)
            .withResize(new Resize.Exact(16_384, 16_384), Interpolation.NEAREST);

    assertThatThrownBy(() -> only(huge))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("16384 x 16384 pixels after resizing");
  }

  @Test
  void cropsTheMiddleAsTorchvisionDoes() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 5, 0, 1, 2, 3, 4);
    Preprocessing crop =
        Preprocessing.plain(ColorMode.GRAY, Normalization.NONE)
            .withCrop(Optional.of(new CenterCrop(2, 1)));

    // (5 - 2) / 2 is rounded to the even 2.
    assertThat(only(crop).toFloats()).containsExactly(2, 3);
    assertThat(first(crop).images().getFirst().geometry().offsetX()).isEqualTo(-2);
  }

  @Test
  void refusesACropLargerThanTheImage() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 5, 0, 1, 2, 3, 4);
    Preprocessing crop =
        Preprocessing.plain(ColorMode.GRAY, Normalization.NONE)
            .withCrop(Optional.of(new CenterCrop(2, 2)));

    assertThatThrownBy(() -> only(crop))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("5 x 1 pixels after resizing, too few for the crop of 2 x 2");
  }

  @Test
  void keepsProportionsOfEitherSide() throws IOException {
    ImageFiles.noise(folder.resolve("a.png"), 50, 31, 1);

    assertThat(shape(new Resize.ShorterSide(20, 1, false))).isEqualTo(Shape.of(1, 3, 20, 32));
    assertThat(shape(new Resize.LongerSide(20, 1, false))).isEqualTo(Shape.of(1, 3, 12, 20));
    assertThat(shape(new Resize.ShorterSide(20, 32, true))).isEqualTo(Shape.of(1, 3, 32, 64));
    assertThat(shape(new Resize.LongerSide(100, 1, true))).isEqualTo(Shape.of(1, 3, 31, 50));
    assertThat(shape(new Resize.FixedHeight(10, 1, 100, 8))).isEqualTo(Shape.of(1, 3, 10, 24));
    assertThat(shape(new Resize.FixedHeight(10, 1, 12, 1))).isEqualTo(Shape.of(1, 3, 10, 12));
    assertThat(shape(new Resize.FixedHeight(10, 30, 90, 1))).isEqualTo(Shape.of(1, 3, 10, 30));
    assertThat(shape(new Resize.Exact(3, 4))).isEqualTo(Shape.of(1, 3, 4, 3));
  }

  @Test
  void neverStacksDifferentSizes() throws IOException {
    for (int i = 0; i < 5; i++) {
      ImageFiles.noise(folder.resolve(i + ".png"), i < 3 ? 4 : 5, 4, i);
    }

    try (Stream<Batch> batches = ImageFolder.open(folder, RGB, "x").batches(2)) {
      assertThat(batches.map(Batch::size)).containsExactly(2, 1, 2);
    }
  }

  @Test
  void givesTheSameSamplesForAnyBatchSize() throws IOException {
    for (int i = 0; i < 7; i++) {
      ImageFiles.noise(folder.resolve(i + ".png"), 3 + i, 9 - i, i);
    }
    Preprocessing exact = RGB.withResize(new Resize.Exact(4, 4), Interpolation.AREA);
    ImageDataset data = ImageFolder.open(folder, exact, "x");
    List<Float> expected = values(data, 1);
    Property.check(
        "batch sizes of images",
        8,
        (random, size) -> {
          assertThat(values(data, 1 + size)).isEqualTo(expected);
          assertThat(values(data.limit(1 + size), 3))
              .isEqualTo(expected.subList(0, Math.min(7, 1 + size) * 48));
        });
  }

  @Test
  void hasADigestOfPixelsAndPreprocessingNotOfNames() throws IOException {
    ImageFiles.noise(folder.resolve("one/a.png"), 4, 4, 1);
    ImageFiles.noise(folder.resolve("two/b.png"), 4, 4, 1);
    ImageFiles.noise(folder.resolve("three/b.png"), 4, 4, 2);

    String digest = digest("one", RGB);

    assertThat(digest("two", RGB)).isEqualTo(digest);
    assertThat(digest("three", RGB)).isNotEqualTo(digest);
    assertThat(digest("one", RGB.withNormalization(Normalization.NONE))).isNotEqualTo(digest);
  }

  @Test
  void failsOnADamagedImageWhereItIs() throws IOException {
    ImageFiles.noise(folder.resolve("a.png"), 4, 4, 1);
    Files.writeString(folder.resolve("b.png"), "no image");

    try (Stream<Batch> batches = ImageFolder.open(folder, RGB, "x").batches(1)) {
      var each = batches.iterator();
      assertThat(each.next().size()).isEqualTo(1);
      assertThatThrownBy(each::next)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("b.png: not an image");
    }
  }

  @Test
  void leavesDamagedImagesOutOnRequestAndListsThem() throws IOException {
    ImageFiles.noise(folder.resolve("a.png"), 4, 4, 1);
    Files.writeString(folder.resolve("b.png"), "no image");
    ImageFiles.noise(folder.resolve("c.png"), 4, 4, 3);
    ImageFiles.gray(folder.resolve("d.png"), 1, 1);

    ImageDataset data = ImageFolder.open(folder, RGB, "x").skippingDamaged();

    assertThat(data.size()).isEqualTo(2);
    assertThat(data.skipped())
        .extracting(SkippedFile::file)
        .containsExactly(folder.resolve("b.png"), folder.resolve("d.png"));
    assertThat(data.skipped().getLast().reason()).contains("grayscale");
    assertThat(values(data, 2)).hasSize(2 * 48);
  }

  @Test
  void refusesDataWithNothingLeft() throws IOException {
    Files.writeString(folder.resolve("b.png"), "no image");

    assertThatThrownBy(() -> ImageFolder.open(folder, RGB, "x").skippingDamaged())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none of the 1 images can be used");
  }

  @Test
  void resizesMonotonically() throws IOException {
    ImageFiles.gray(folder.resolve("a.png"), 4, 0, 50, 100, 150);
    Preprocessing wider =
        Preprocessing.plain(ColorMode.GRAY, Normalization.UNIT)
            .withResize(new Resize.Exact(9, 1), Interpolation.BILINEAR);

    assertThat(only(wider).toFloats()).isSorted();
    assertThat(only(wider).toFloats()[4]).isCloseTo(75 / 255f, within(1e-6f));
  }

  private Shape shape(Resize resize) throws IOException {
    return only(RGB.withResize(resize, Interpolation.BILINEAR)).shape();
  }

  private Tensor only(Preprocessing preprocessing) throws IOException {
    return first(preprocessing).inputs().get("x");
  }

  private Batch first(Preprocessing preprocessing) throws IOException {
    try (Stream<Batch> batches = ImageFolder.open(folder, preprocessing, "x").batches(8)) {
      return batches.findFirst().orElseThrow();
    }
  }

  private String digest(String name, Preprocessing preprocessing) throws IOException {
    return ImageFolder.open(folder.resolve(name), preprocessing, "x").digest();
  }

  private static List<Float> values(Dataset data, int batchSize) throws IOException {
    List<Float> values = new ArrayList<>();
    try (Stream<Batch> batches = data.batches(batchSize)) {
      batches.forEachOrdered(batch -> {
        for (float value : batch.inputs().get("x").toFloats()) {
          values.add(value);
        }
      });
    }
    return values;
  }
}
