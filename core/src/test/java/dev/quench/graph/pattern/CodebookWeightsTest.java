// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CodebookWeightsTest {
  private final GraphMaker graph = new GraphMaker(13);

  /// 5 outputs, 3 x 3 places, 2 pieces of 4 channels, 6 words.
  private static CodebookWeights convolution() {
    return random(5, 9, 2, 6, 4);
  }

  private static CodebookWeights random(int outputs, int taps, int pieces, int words, int length) {
    SplittableRandom random = new SplittableRandom(3);
    byte[] codes = new byte[outputs * taps * pieces];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(words);
    }
    byte[] book = new byte[pieces * words * length];
    random.nextBytes(book);
    return new CodebookWeights(outputs, taps, pieces, words, length, codes, book, 0.25f);
  }

  private Node layer(CodebookWeights weights) {
    Value x = graph.input("x", 1, 8, 6, 6);
    graph.outputs(graph.add("Conv", "y", x, graph.weights("w", 5, 8, 3, 3)));
    Node node = graph.node("y");
    node.setInput(1, weights.addTo(graph.graph(), node, "w", 3, 3));
    return node;
  }

  @Test
  void isReadAsItWasWritten() {
    CodebookWeights written = convolution();

    CodebookWeights read = CodebookWeights.of(layer(written)).orElseThrow();

    assertThat(read.outputs()).isEqualTo(5);
    assertThat(read.taps()).isEqualTo(9);
    assertThat(read.channels()).isEqualTo(8);
    assertThat(read.words()).isEqualTo(6);
    for (int o = 0; o < 5; o++) {
      for (int c = 0; c < 8; c++) {
        for (int t = 0; t < 9; t++) {
          assertThat(read.at(o, c, t)).isEqualTo(written.at(o, c, t));
        }
      }
    }
  }

  @Test
  void readsTheWeightsOfProducts() {
    for (int transposed = 0; transposed < 2; transposed++) {
      GraphMaker product = new GraphMaker(13);
      Value x = product.input("x", 2, 12);
      Value dense = transposed == 0 ? product.weights("w", 12, 7) : product.weights("w", 7, 12);
      product.outputs(
          product.add(NodeBuilder.of("Gemm").attribute("transB", transposed), "y", x, dense));
      Node node = product.node("y");
      node.setInput(1, random(7, 1, 3, 5, 4).addTo(product.graph(), node, "w"));

      assertThat(CodebookWeights.of(node).map(CodebookWeights::pieces)).contains(3);
    }
  }

  @Test
  void leavesOtherWaysToComputeWeights() {
    Node node = layer(convolution());
    Node transpose = node.input(1).producer().orElseThrow();
    transpose.setAttribute("perm", AttributeValue.ofInts(0, 3, 2, 1));
    assertThat(CodebookWeights.of(node)).isEmpty();
  }

  @Test
  void leavesFirstWordsThatAreElsewhere() {
    Node node = layer(convolution());
    graph
        .graph()
        .setInitializer(
            graph.graph().value("w_first").orElseThrow(), Tensor.ofInts(Shape.of(2), 0, 5));
    assertThat(CodebookWeights.of(node)).isEmpty();
  }

  @Test
  void refusesCodesWithoutAWord() {
    assertThatThrownBy(() -> new CodebookWeights(1, 1, 1, 2, 4, new byte[] {2}, new byte[8], 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("code 2; there are 2 words");
    assertThatThrownBy(() -> new CodebookWeights(1, 1, 1, 2, 4, new byte[] {1}, new byte[7], 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do not fit");
  }
}
