// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What cannot be pruned, and what is said of it.
class RefusedPruningTest {
  private final GraphMaker graph = new GraphMaker(17);

  private Value conv(String name, Value x, int inputs, int outputs) {
    return graph.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        graph.weights(name + ".w", outputs, inputs, 3, 3));
  }

  private Value image() {
    return graph.input("x", 2, 3, 8, 8);
  }

  @Test
  void refusesAModelWithoutChannelsToCut() {
    graph.outputs(conv("a", image(), 3, 8));

    assertThatThrownBy(() -> Pruning.of(graph.model()).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("no channels can be cut: a: output 'a' of the graph");
  }

  @Test
  void refusesWeightsThatAreNoNumbers() {
    Value bad =
        graph.add(
            NodeBuilder.of("Conv"),
            "a",
            image(),
            graph.constant("a.w", Tensor.ofFloats(Shape.of(2, 3, 1, 1), 1, 2, 3, Float.NaN, 5, 6)));
    graph.outputs(conv("out", bad, 2, 5));

    assertThatThrownBy(() -> Pruning.of(graph.model()).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("layer 'a' hold NaN");
  }

  /// γ ranks the channels, so the weights are not looked at before both models run.
  @Test
  void provesNothingByOutputsWithoutNumbers() {
    float[] weights = new float[8 * 3];
    Arrays.fill(weights, Float.NaN);
    Value bad =
        graph.add(
            NodeBuilder.of("Conv"),
            "a",
            image(),
            graph.constant("a.w", Tensor.ofFloats(Shape.of(8, 3, 1, 1), weights)));
    Value normalized =
        graph.add(
            "BatchNormalization",
            "bn",
            bad,
            graph.positive("scale", 8),
            graph.weights("shift", 8),
            graph.weights("mean", 8),
            graph.positive("variance", 8));
    graph.outputs(conv("out", normalized, 8, 5));
    Pruning pruning =
        Pruning.of(graph.model()).criterion(Criterion.SLIMMING).ratio(0.3).checkOn(BACKEND);

    assertThatThrownBy(pruning::run)
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("no finite number on random inputs");
  }

  @Test
  void saysWhatTheFloorAllows() {
    Value a = conv("a", image(), 3, 8);
    graph.outputs(conv("out", a, 8, 5));
    Pruning pruning = Pruning.of(graph.model()).ratio(0.9).floor(0.5);

    assertThatThrownBy(pruning::run)
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("at most 0.500 can, from 1 group of channels");
  }
}
