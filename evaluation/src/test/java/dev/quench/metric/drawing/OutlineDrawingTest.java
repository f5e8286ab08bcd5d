// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.data.image.RawImage;
import dev.quench.run.dataset.Box;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutlineDrawingTest {
  private static final RawImage BLACK = RawImage.of(60, 40, 1, new byte[60 * 40]);

  private static int at(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 0xFFFFFF;
  }

  @Test
  void drawsTheSidesOfABoxAndLeavesItsInside() {
    BufferedImage drawn =
        OutlineDrawing.render(BLACK, List.of(Outline.of(new Box(10, 20, 50, 35), "", 0)));
    assertThat(at(drawn, 30, 20)).isEqualTo(0x800000);
    assertThat(at(drawn, 10, 30)).isEqualTo(0x800000);
    assertThat(at(drawn, 50, 30)).isEqualTo(0x800000);
    assertThat(at(drawn, 30, 28)).isZero();
  }

  @Test
  void putsTheLabelAboveTheBoxAndInsideThePicture() {
    BufferedImage drawn =
        OutlineDrawing.render(BLACK, List.of(Outline.of(new Box(40, 20, 58, 35), "CAT", 0)));
    assertThat(at(drawn, 59, 10)).isEqualTo(0x800000);
    assertThat(at(drawn, 39, 10)).isEqualTo(0x800000);
    assertThat(at(drawn, 30, 10)).isZero();
  }

  @Test
  void putsTheLabelInsideABoxAtTheTop() {
    BufferedImage drawn =
        OutlineDrawing.render(BLACK, List.of(Outline.of(new Box(2, 2, 58, 38), "A", 3)));
    assertThat(at(drawn, 4, 4)).isNotZero();
  }

  @Test
  void boxesOutsideThePictureDoNoHarm() {
    assertThat(
            OutlineDrawing.render(
                BLACK, List.of(Outline.of(new Box(-100, -100, 500, 500), "LONG LABEL", 9))))
        .extracting(BufferedImage::getWidth)
        .isEqualTo(60);
  }

  @Test
  void everyClassCanBeTold() {
    for (int index = 0; index < 256; index++) {
      BufferedImage drawn =
          OutlineDrawing.render(BLACK, List.of(Outline.of(new Box(10, 20, 50, 35), "", index)));
      assertThat(at(drawn, 30, 20)).as("class %d", index).isNotZero();
    }
  }
}
