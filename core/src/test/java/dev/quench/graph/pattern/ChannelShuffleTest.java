// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelShuffleTest {
  private static final Dim N = Dim.of("N");

  private final Graph graph = new Graph("g", OpsetImports.onnx(17));
  private final Value image = graph.addInput("x", type(N, Dim.of(6), Dim.of(4), Dim.of(5)));

  private static ValueType type(Dim... dims) {
    return ValueType.tensor(DataType.FLOAT, new Shape(List.of(dims)));
  }

  private Value reshaped(Value source, long... sizes) {
    Dim[] dims = new Dim[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      dims[i] = i == 0 ? N : Dim.of(sizes[i]);
    }
    Value shape = graph.addConstant(graph.uniqueName("s"), Tensor.vector(sizes));
    return graph
        .append(
            NodeBuilder.of("Reshape")
                .inputs(source, shape)
                .output(graph.uniqueName("r"), type(dims)))
        .output(0);
  }

  private Value swapped(Value split, long... order) {
    return graph
        .append(
            NodeBuilder.of("Transpose")
                .ints("perm", order)
                .inputs(split)
                .output(graph.uniqueName("t")))
        .output(0);
  }

  private static Node producer(Value value) {
    return value.producer().orElseThrow();
  }

  @Test
  void endsInTheSecondReshape() {
    Value split = reshaped(image, 0, 2, 3, 4, 5);
    Value result = reshaped(swapped(split, 0, 2, 1, 3, 4), 0, 6, 4, 5);
    assertThat(ChannelShuffle.endingIn(producer(result)))
        .contains(new ChannelShuffle(image, result, 2));
    assertThat(ChannelShuffle.endingIn(producer(split))).isEmpty();
  }

  @Test
  void isNothingThatSwapsOtherAxes() {
    Value split = reshaped(image, 0, 2, 3, 4, 5);
    Value result = reshaped(swapped(split, 0, 2, 1, 4, 3), 0, 6, 4, 5);
    assertThat(ChannelShuffle.endingIn(producer(result))).isEmpty();
  }

  @Test
  void isNothingThatSplitsOrJoinsOtherAxes() {
    Value rows = reshaped(image, 0, 6, 2, 2, 5);
    Value joined = reshaped(swapped(rows, 0, 2, 1, 3, 4), 0, 6, 4, 5);
    assertThat(ChannelShuffle.endingIn(producer(joined))).isEmpty();

    Value split = reshaped(image, 0, 2, 3, 4, 5);
    Value other = reshaped(swapped(split, 0, 2, 1, 3, 4), 0, 12, 2, 5);
    assertThat(ChannelShuffle.endingIn(producer(other))).isEmpty();
  }
}
