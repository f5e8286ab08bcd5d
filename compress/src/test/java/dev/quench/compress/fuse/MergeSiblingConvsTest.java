// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergeSiblingConvsTest {
  private final MergeSiblingConvs pass = new MergeSiblingConvs();
  private final GraphMaker fixture = new GraphMaker();

  private static Value convolution(
      GraphMaker fixture, String name, Value x, long outputs, long pad) {
    return fixture.add(
        NodeBuilder.of("Conv").ints("pads", pad, pad, pad, pad),
        name,
        x,
        fixture.weights(name + ".w", outputs, 3, 3, 3));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 13, 18})
  void computesSiblingsOfAnySizeAtOnce(long opset) {
    GraphMaker any = new GraphMaker(opset);
    Value x = any.input("x", 2, 3, 5, 5);
    Value a = convolution(any, "a", x, 4, 1);
    Value b = convolution(any, "b", x, 2, 1);
    Value c = convolution(any, "c", x, 1, 1);
    any.outputs(any.add("Relu", "y", a), b, any.add("Neg", "z", c));

    assertRewrites(pass, any, "Conv", "Split", "Relu", "Neg");
  }

  @Test
  void givesASiblingWithoutBiasZeroes() {
    Value x = fixture.input("x", 2, 3, 5, 5);
    Value w = fixture.weights("w", 4, 3, 3, 3);
    fixture.outputs(
        fixture.add("Conv", "a", x, w, fixture.weights("bias", 4)), fixture.add("Conv", "b", x, w));

    assertRewrites(pass, fixture, "Conv", "Split");
  }

  @Test
  void keepsConvolutionsThatDiffer() {
    Value x = fixture.input("x", 2, 3, 5, 5);
    fixture.outputs(
        convolution(fixture, "a", x, 4, 1),
        convolution(fixture, "b", x, 4, 0),
        fixture.add("Conv", "c", x, fixture.weights("w", 4, 3, 1, 1)),
        convolution(fixture, "d", fixture.add("Relu", "r", x), 4, 1));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsGroupedConvolutions() {
    Value x = fixture.input("x", 2, 4, 5, 5);
    for (String name : new String[] {"a", "b"}) {
      fixture.outputs(
          fixture.add(
              NodeBuilder.of("Conv").attribute("group", 2),
              name,
              x,
              fixture.weights(name + ".w", 4, 2, 3, 3)));
    }

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsComputedWeights() {
    Value x = fixture.input("x", 2, 3, 5, 5);
    Value w = fixture.input("w", 4, 3, 3, 3);
    fixture.outputs(fixture.add("Conv", "a", x, w), fixture.add("Conv", "b", x, w));

    assertLeaves(pass, fixture);
  }
}
