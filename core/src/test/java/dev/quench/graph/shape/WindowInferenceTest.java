// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.OneNode;
import dev.quench.tensor.DataType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Shapes behind convolutions and pooling.
class WindowInferenceTest {
  @Nested
  class Convolution {
    @Test
    void convolvesWithPadsAndStrides() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in("N", 3, 224, 224)
                  .in(64, 3, 7, 7)
                  .ints("kernel_shape", 7, 7)
                  .ints("pads", 3, 3, 3, 3)
                  .ints("strides", 2, 2)
                  .infer())
          .containsExactly("FLOAT [N, 64, 112, 112]");
    }

    @Test
    void keepsSymbolsWhereTheWindowKeepsTheSize() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in("N", 3, "H", "W")
                  .in(8, 3, 3, 3)
                  .ints("pads", 1, 1, 0, 1)
                  .infer())
          .containsExactly("FLOAT [N, 8, ?, W]");
    }

    @Test
    void dilatesAndGroups() {
      assertThat(
              OneNode.of("Conv", 22)
                  .in(2, 8, 20)
                  .in(16, 2, 3)
                  .with("group", 4)
                  .ints("dilations", 4)
                  .infer())
          .containsExactly("FLOAT [2, 16, 12]");
    }

    @Test
    void padsToTheSameSize() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in(1, 3, 15, 15)
                  .in(4, 3, 3, 3)
                  .with("auto_pad", "SAME_UPPER")
                  .ints("strides", 2, 2)
                  .infer())
          .containsExactly("FLOAT [1, 4, 8, 8]");
    }

    @Test
    void transposes() {
      assertThat(
              OneNode.of("ConvTranspose", 11)
                  .in(1, 16, 5, 5)
                  .in(16, 4, 3, 3)
                  .with("group", 2)
                  .ints("strides", 2, 2)
                  .ints("pads", 1, 1, 1, 1)
                  .ints("output_padding", 1, 1)
                  .infer())
          .containsExactly("FLOAT [1, 8, 10, 10]");
    }

    @Test
    void givesIntegersForIntegerKinds() {
      assertThat(
              OneNode.of("ConvInteger", 10)
                  .in(DataType.UINT8, 1, 1, 4, 4)
                  .in(DataType.INT8, 2, 1, 2, 2)
                  .infer())
          .containsExactly("INT32 [1, 2, 3, 3]");
    }

    @Test
    void refusesWeightsOfAnotherRank() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 3, 3).infer())
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(
              "Conv 'node' input 1 (W): rank 3, expected 4 [M, C/group, kH, kW]");
    }

    @Test
    void refusesWeightsForOtherChannels() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 5, 3, 3).infer())
          .hasMessageContaining("Conv 'node' input 1 (W): 5 input channels in each of 1 groups");
    }

    @Test
    void refusesAWindowLargerThanTheInput() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 3, 9, 9).infer())
          .hasMessageContaining("does not fit");
    }
  }

  @Nested
  class Pooling {
    @Test
    void roundsUpButStartsInsideTheInput() {
      assertThat(
              OneNode.of("MaxPool", 12)
                  .in(1, 1, 6, 5)
                  .ints("kernel_shape", 3, 1)
                  .ints("strides", 2, 3)
                  .with("ceil_mode", 1)
                  .outputs(2)
                  .infer())
          .containsExactly("FLOAT [1, 1, 3, 2]", "INT64 [1, 1, 3, 2]");
    }

    @Test
    void poolsWholePlanes() {
      assertThat(OneNode.of("GlobalAveragePool", 13).in("N", 512, "H", "W").infer())
          .containsExactly("FLOAT [N, 512, 1, 1]");
    }

    @Test
    void refusesAKernelForOtherAxes() {
      assertThatThrownBy(
              () -> OneNode.of("AveragePool", 11).in(1, 1, 4).ints("kernel_shape", 2, 2).infer())
          .hasMessageContaining("'kernel_shape' has 2 entries, expected 1");
    }
  }
}
