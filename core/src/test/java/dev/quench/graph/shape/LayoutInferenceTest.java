// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.OneNode;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Shapes behind operators that move elements.
class LayoutInferenceTest {
  @Nested
  class Layout {
    @Test
    void reshapesWithCopiesAndOneFreeSize() {
      assertThat(OneNode.of("Reshape", 13).in("N", 64, 7, 7).vector(0, -1).infer())
          .containsExactly("FLOAT [N, 3136]");
      assertThat(OneNode.of("Reshape", 13).in("N", 64, 7, 7).vector(-1, 3136).infer())
          .containsExactly("FLOAT [N, 3136]");
      assertThat(OneNode.of("Reshape", 13).in("N", "S", 64).vector(-1, 64).infer())
          .containsExactly("FLOAT [?, 64]");
    }

    @Test
    void refusesAReshapeOfOtherSize() {
      assertThatThrownBy(() -> OneNode.of("Reshape", 13).in(2, 3).vector(4, 2).infer())
          .hasMessageContaining("[4, 2] has 8 elements, but the input has 6");
      assertThatThrownBy(() -> OneNode.of("Reshape", 13).in(2, 3).vector(4, -1).infer())
          .hasMessageContaining("do not divide");
    }

    @Test
    void flattens() {
      assertThat(OneNode.of("Flatten", 13).in("N", 2, 3).infer()).containsExactly("FLOAT [N, 6]");
      assertThat(OneNode.of("Flatten", 13).in(4, 2, 3).with("axis", 3).infer())
          .containsExactly("FLOAT [24, 1]");
    }

    @Test
    void squeezesAndUnsqueezesByAttributeOrInput() {
      assertThat(OneNode.of("Squeeze", 11).in("N", 1, 1).ints("axes", 1, -1).infer())
          .containsExactly("FLOAT [N]");
      assertThat(OneNode.of("Squeeze", 13).in(1, 3, 1).infer()).containsExactly("FLOAT [3]");
      assertThat(OneNode.of("Unsqueeze", 13).in("N", 3).vector(0, -1).infer())
          .containsExactly("FLOAT [1, N, 3, 1]");
    }

    @Test
    void transposes() {
      assertThat(OneNode.of("Transpose", 13).in("N", 3, 5).ints("perm", 0, 2, 1).infer())
          .containsExactly("FLOAT [N, 5, 3]");
      assertThat(OneNode.of("Transpose", 13).in("N", 3, 5).infer())
          .containsExactly("FLOAT [5, 3, N]");
      assertThatThrownBy(() -> OneNode.of("Transpose", 13).in(2, 3).ints("perm", 0, 0).infer())
          .hasMessageContaining("expected a permutation");
    }

    @Test
    void expandsTilesAndPads() {
      assertThat(OneNode.of("Expand", 13).in("N", 1, 4).vector(3, 1).infer())
          .containsExactly("FLOAT [N, 3, 4]");
      assertThat(OneNode.of("Tile", 13).in("N", 2).vector(1, 3).infer())
          .containsExactly("FLOAT [N, 6]");
      assertThat(OneNode.of("Pad", 13).in("N", 2, 3).vector(0, 1, 1, 0, 1, 2).infer())
          .containsExactly("FLOAT [N, 4, 6]");
      assertThat(OneNode.of("Pad", 18).in("N", 2, 3).vector(1, 2).absent().vector(-1).infer())
          .containsExactly("FLOAT [N, 2, 6]");
      assertThat(OneNode.of("Pad", 10).in(2, 3).ints("pads", 0, 1, 0, 0).infer())
          .containsExactly("FLOAT [2, 4]");
    }

    @Test
    void concatenates() {
      assertThat(OneNode.of("Concat", 13).in("N", 2, 7).in("N", 3, 7).with("axis", 1).infer())
          .containsExactly("FLOAT [N, 5, 7]");
      assertThatThrownBy(
              () -> OneNode.of("Concat", 13).in(1, 2, 7).in(1, 3, 8).with("axis", 1).infer())
          .hasMessageContaining("input 1 (inputs): the size of axis 2 is 8, expected 7");
    }

    @Test
    void splitsByAttributeInputOrNumber() {
      assertThat(
              OneNode.of("Split", 11)
                  .in("N", 5)
                  .ints("split", 2, 3)
                  .with("axis", 1)
                  .outputs(2)
                  .infer())
          .containsExactly("FLOAT [N, 2]", "FLOAT [N, 3]");
      assertThat(OneNode.of("Split", 13).in("N", 6).vector(4, 2).with("axis", 1).outputs(2).infer())
          .containsExactly("FLOAT [N, 4]", "FLOAT [N, 2]");
      assertThat(
              OneNode.of("Split", 18)
                  .in("N", 7)
                  .with("axis", 1)
                  .with("num_outputs", 3)
                  .outputs(3)
                  .infer())
          .containsExactly("FLOAT [N, 3]", "FLOAT [N, 3]", "FLOAT [N, 1]");
    }

    @Test
    void movesBlocks() {
      assertThat(OneNode.of("DepthToSpace", 13).in("N", 12, 5, 6).with("blocksize", 2).infer())
          .containsExactly("FLOAT [N, 3, 10, 12]");
      assertThat(OneNode.of("SpaceToDepth", 13).in("N", 3, 10, 12).with("blocksize", 2).infer())
          .containsExactly("FLOAT [N, 12, 5, 6]");
    }
  }

  @Nested
  class Indexing {
    @Test
    void slicesByAttributeOrInput() {
      assertThat(
              OneNode.of("Slice", 9)
                  .in("N", 10)
                  .ints("axes", 1)
                  .ints("starts", 2)
                  .ints("ends", -1)
                  .infer())
          .containsExactly("FLOAT [N, 7]");
      assertThat(
              OneNode.of("Slice", 13)
                  .in("N", 10, 8)
                  .vector(9, 0)
                  .vector(Long.MIN_VALUE, Long.MAX_VALUE)
                  .vector(1, 0)
                  .vector(-3, 1)
                  .infer())
          .containsExactly("FLOAT [N, 4, 8]");
    }

    @Test
    void gathers() {
      assertThat(OneNode.of("Gather", 13).in(1000, 64).in(DataType.INT64, "N", 16).infer())
          .containsExactly("FLOAT [N, 16, 64]");
      assertThat(OneNode.of("GatherND", 13).in(2, 3, 4).in(DataType.INT64, 5, 2).infer())
          .containsExactly("FLOAT [5, 4]");
      assertThat(OneNode.of("GatherElements", 13).in(2, 3).in(DataType.INT64, 2, 1).infer())
          .containsExactly("FLOAT [2, 1]");
    }

    @Test
    void encodesOneHot() {
      assertThat(
              OneNode.of("OneHot", 11)
                  .in(DataType.INT64, "N")
                  .constant(Tensor.scalar(10L))
                  .constant(Tensor.ofFloats(Shape.of(2), 0, 1))
                  .infer())
          .containsExactly("FLOAT [N, 10]");
    }
  }

  @Nested
  class Resizing {
    @Test
    void scales() {
      assertThat(
              OneNode.of("Resize", 13)
                  .in("N", 3, 10, 15)
                  .absent()
                  .constant(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 0.5f))
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 7]");
      assertThat(
              OneNode.of("Upsample", 9)
                  .in("N", 3, 10, 15)
                  .constant(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2))
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 30]");
    }

    @Test
    void takesSizesForSomeAxes() {
      assertThat(
              OneNode.of("Resize", 18)
                  .in("N", 3, 10, 20)
                  .absent()
                  .absent()
                  .vector(40, 40)
                  .ints("axes", 2, 3)
                  .with("keep_aspect_ratio_policy", "not_larger")
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 40]");
    }
  }
}
