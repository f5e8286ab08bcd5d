// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class PatchTest {
  /// Two channels of 2 × 3, the second ten times the first; a kernel of 3 × 3 with a border of one.
  private static final float[] IMAGE = {0, 1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};

  private static Patch patch() {
    GraphMaker maker = new GraphMaker(17);
    Node conv =
        maker.node(
            NodeBuilder.of("Conv")
                .inputs(maker.input("x", 1, 2, 2, 3), maker.weights("w", 1, 2, 3, 3))
                .output("y")
                .ints("pads", 1, 1, 1, 1));
    return new Patch(SlidingWindow.of(conv, 3, 3), 2, 2, 3);
  }

  @Test
  void readsZerosOutsideTheImage() {
    float[] target = new float[19];
    patch().copy(IMAGE, 1, 0, 0, target, 1);
    assertThat(target).containsExactly(0, 0, 0, 0, 0, 1, 2, 0, 4, 5, 0, 0, 0, 0, 10, 20, 0, 40, 50);
  }

  @Test
  void readsTheInsideInTheOrderOfWeights() {
    float[] target = new float[18];
    patch().copy(IMAGE, 1, 1, 1, target, 0);
    assertThat(target).containsExactly(1, 2, 3, 4, 5, 6, 0, 0, 0, 10, 20, 30, 40, 50, 60, 0, 0, 0);
  }
}
