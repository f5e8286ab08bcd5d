// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.annotation.ImageFolder;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageFile;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.RawImage;
import dev.quench.metric.drawing.Palette;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentationOverlayTest {
  private static final SegmentationOverlay NAMED =
      new SegmentationOverlay(List.of("road", "sky"), 0.5, OptionalInt.of(0));

  @TempDir private Path folder;

  @Test
  void colorsClassesAsPascalVocDoes() {
    assertThat(Palette.color(0)).isZero();
    assertThat(Palette.color(1)).isEqualTo(0x800000);
    assertThat(Palette.color(4)).isEqualTo(0x000080);
    assertThat(Palette.color(15)).isEqualTo(0xC08080);
    assertThat(Palette.color(20)).isEqualTo(0x004080);
    Set<Integer> colors = new HashSet<>();
    for (int index = 0; index < 256; index++) {
      colors.add(Palette.color(index));
    }
    assertThat(colors).hasSize(256);
  }

  @Test
  void blendsColorsAndAddsALegendOfWhatOccurs() {
    RawImage image = RawImage.of(3, 1, 1, new byte[] {100, 100, 100});

    BufferedImage overlay =
        NAMED.render(image, Mask.of(3, 1, new byte[] {0, 1, (byte) Mask.IGNORE}));

    assertThat(overlay.getRGB(0, 0) & 0xFFFFFF).as("background").isEqualTo(0x646464);
    assertThat(overlay.getRGB(1, 0) & 0xFFFFFF).isEqualTo(0x723232);
    assertThat(overlay.getRGB(2, 0) & 0xFFFFFF).as("ignored").isEqualTo(0x646464);
    assertThat(overlay.getHeight()).as("one row of legend").isEqualTo(1 + 4 + 13);
    assertThat(overlay.getRGB(4 + 4, 1 + 4 + 4) & 0xFFFFFF).as("swatch").isEqualTo(0x800000);
    // The top row of "SKY": .####.#...#.#...#
    assertThat(text(overlay, 17, 6, 17)).isEqualTo(".####.#...#.#...#");
  }

  private static String text(BufferedImage image, int x, int y, int width) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < width; i++) {
      row.append((image.getRGB(x + i, y) & 0xFFFFFF) == 0 ? '#' : '.');
    }
    return row.toString();
  }

  @Test
  void refusesAMaskOfAnotherSize() {
    assertThatThrownBy(
            () -> NAMED.render(RawImage.of(1, 1, 1, new byte[1]), Mask.of(2, 1, new byte[2])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("got mask 2 x 1 over image 1 x 1 x 1, expected equal sizes");
  }

  @Test
  void writesTheFirstImagesOfAnEvaluation() throws IOException {
    for (int i = 0; i < 3; i++) {
      ImageFiles.rgb(folder.resolve("in/photo" + i + ".png"), 2, 0, 0xFFFFFF, 0, 0);
    }
    Path out = folder.resolve("out");
    Metric.Accumulator accumulator = new OverlayWriter(out, NAMED, 2, Optional.empty()).begin();
    Preprocessing preprocessing = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);

    try (Stream<Batch> batches =
        ImageFolder.open(folder.resolve("in"), preprocessing, "x").batches(1)) {
      batches.forEachOrdered(
          batch -> accumulator.add(batch, Map.of("y", Tensor.ofLongs(Shape.of(1, 1, 1), 1))));
    }

    try (Stream<Path> files = Files.list(out)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactly("00000-photo0.png", "00001-photo1.png");
    }
    RawImage written = ImageFile.read(out.resolve("00000-photo0.png"));
    assertThat(written.at(1, 0, 0)).isEqualTo(192);
    assertThat(written.at(1, 0, 1)).isEqualTo(128);
    assertThat(accumulator.scores()).isEmpty();
  }

  @Test
  void needsImageFiles() {
    Metric.Accumulator accumulator = new OverlayWriter(folder, NAMED, 2, Optional.empty()).begin();

    assertThatThrownBy(() ->
            accumulator.add(
                new Batch(Map.of(), new Labels.None(), 1),
                Map.of("y", Tensor.ofLongs(Shape.of(1, 1, 1), 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("samples from image files");
  }
}
