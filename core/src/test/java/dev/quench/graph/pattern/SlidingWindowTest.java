// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.Graph;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
  private static Node node(NodeBuilder node) {
    return new Graph("g", OpsetImports.onnx(22)).append(node.unchecked().name("pool").output("y"));
  }

  private static WindowAxis axis(NodeBuilder node, long kernel) {
    return SlidingWindow.of(node(node), kernel).axis(0);
  }

  /// Counts windows one by one, as the standard words it.
  private static long countOutputs(WindowAxis axis, long size) {
    long count = 0;
    for (long start = -axis.padBefore(); ; start += axis.stride()) {
      boolean fits = start + axis.extent() <= size + axis.padAfter();
      // Rounded up, the window before must have left something, and this one must start inside.
      boolean reaches =
          start - axis.stride() + axis.extent() < size + axis.padAfter() && start < size;
      if (!fits && !(axis.roundUp() && count > 0 && reaches)) {
        return count;
      }
      count++;
    }
  }

  @Test
  void countsTheWindowsThatFit() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 2000; i++) {
      int kernel = random.nextInt(1, 5);
      WindowAxis axis =
          new WindowAxis(
              kernel,
              random.nextInt(1, 4),
              random.nextInt(1, 3),
              random.nextInt(kernel),
              random.nextInt(kernel),
              AutoPad.NOTSET,
              random.nextBoolean());
      long size = random.nextInt(1, 14);
      if (axis.extent() <= size + axis.padBefore() + axis.padAfter()) {
        assertThat(axis.outputs(size))
            .as("%s over %d", axis, size)
            .isEqualTo(countOutputs(axis, size));
      }
    }
  }

  @Test
  void sameGivesOneOutputAStrideAndPadsTheEndFirst() {
    WindowAxis upper = axis(NodeBuilder.of("MaxPool").attribute("auto_pad", "SAME_UPPER"), 2);
    WindowAxis lower = axis(NodeBuilder.of("MaxPool").attribute("auto_pad", "SAME_LOWER"), 2);
    assertThat(upper.outputs(5)).isEqualTo(5);
    assertThat(upper.padBefore(5)).isZero();
    assertThat(upper.padAfter(5)).isEqualTo(1);
    assertThat(lower.padBefore(5)).isEqualTo(1);
    assertThat(lower.padAfter(5)).isZero();
  }

  @Test
  void validIgnoresPads() {
    WindowAxis axis =
        axis(
            NodeBuilder.of("MaxPool")
                .attribute("auto_pad", "VALID")
                .attribute("ceil_mode", 1)
                .ints("strides", 2)
                .ints("pads", 3, 3),
            2);
    assertThat(axis.padBefore()).isZero();
    assertThat(axis.outputs(5)).isEqualTo(3);
  }

  @Test
  void tapsReadWhereThePaddingPutsThem() {
    WindowAxis axis = axis(NodeBuilder.of("Conv").ints("pads", 1, 1).ints("dilations", 2), 3);
    assertThat(axis.source(9, 0, 0)).isEqualTo(-1);
    assertThat(axis.source(9, 2, 2)).isEqualTo(5);
  }

  @Test
  void saysWhatDoesNotFit() {
    WindowAxis axis = axis(NodeBuilder.of("Conv"), 5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> axis.outputs(4))
        .withMessage("window of 5 does not fit input of 4 with padding 0");
  }

  @Test
  void refusesAttributesOfAnotherLength() {
    Node node = node(NodeBuilder.of("Conv").ints("pads", 1, 1, 1));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> SlidingWindow.of(node, 3, 3))
        .withMessage("Conv 'pool': attribute 'pads' has 3 entries, expected 4");
  }

  @Test
  void refusesAnUnknownPaddingMode() {
    Node node = node(NodeBuilder.of("Conv").attribute("auto_pad", "SAME"));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> SlidingWindow.of(node, 3))
        .withMessageContaining("'auto_pad' is 'SAME', expected NOTSET");
  }

  @Test
  void refusesStridesOfZero() {
    Node node = node(NodeBuilder.of("Conv").ints("strides", 0, 1));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> SlidingWindow.of(node, 3, 3))
        .withMessageContaining("attribute 'strides' is [0, 1], expected positive sizes");
  }
}
