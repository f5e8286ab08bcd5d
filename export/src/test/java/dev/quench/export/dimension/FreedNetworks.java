// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.SplittableRandom;

/// Networks built at two sizes, the one with its dimensions freed.
final class FreedNetworks {
  private FreedNetworks() {}

  /// The sizes a network is built for.
  record Size(long batch, long height, long width) {}

  static final Size SMALL = new Size(1, 8, 8);

  static final FreeDimensions ALL = FreeDimensions.batchAndImage("N", "H", "W");

  /// Builds a network with input `x [N, 3, H, W]`.
  @FunctionalInterface
  interface Network {
    void build(Builder net, Value x, Size size);
  }

  /// Adds nodes by name; weights are the same at each size.
  static final class Builder {
    final GraphMaker made;

    private Builder(long opset) {
      made = new GraphMaker(opset, 5);
    }

    Value node(String name, String opType, Value... inputs) {
      return node(name, NodeBuilder.of(opType).inputs(inputs));
    }

    Value node(String name, NodeBuilder builder) {
      return made.node(builder.name(name).output(name)).output(0);
    }

    Value conv(String name, Value x, long from, long to, long stride) {
      Value w = made.weights(name + "_w", to, from, 3, 3);
      return node(
          name,
          NodeBuilder.of("Conv")
              .inputs(x, w)
              .ints("pads", 1, 1, 1, 1)
              .ints("strides", stride, stride));
    }

    Value longs(String name, long... values) {
      return made.constant(name, values);
    }

    Value reshape(String name, Value x, long... shape) {
      return node(name, "Reshape", x, longs(name + "_shape", shape));
    }

    Value resize(String name, Value x, long... sizes) {
      return node(
          name,
          NodeBuilder.of("Resize")
              .inputs(x, Value.ABSENT, Value.ABSENT, longs(name + "_sizes", sizes))
              .attribute("mode", "linear")
              .attribute("coordinate_transformation_mode", "half_pixel"));
    }

    void output(Value value) {
      made.output(value);
    }
  }

  static GraphMaker built(Network network, Size size) {
    Builder builder = new Builder(17);
    // Weights come first, so that the random numbers do not depend on the size.
    Graph graph = builder.made.graph();
    Value x =
        graph.addInput(
            "x",
            ValueType.tensor(
                DataType.FLOAT, Shape.of(size.batch(), 3, size.height(), size.width())));
    network.build(builder, x, size);
    return builder.made;
  }

  static Tensor input(Size size) {
    return GraphMaker.floats(
        new SplittableRandom(99), size.batch(), 3, size.height(), size.width());
  }

  static DimensionReport assertFreed(FreeDimensions pass, Network network, Size... others) {
    Model model = built(network, SMALL).model();
    DimensionReport report = pass.apply(model);
    GraphValidator.validate(model);
    assertThat(report.changed()).isTrue();
    for (Size size : others) {
      Map<String, Tensor> inputs = Map.of("x", input(size));
      Execution.assertSameBits(
          Execution.run(model, inputs), Execution.run(built(network, size).model(), inputs));
    }
    assertThat(pass.apply(model).changed()).isFalse();
    return report;
  }

  static void assertRefused(
      Class<? extends Exception> type, FreeDimensions pass, Network network, String... words) {
    Model model = built(network, SMALL).model();
    assertThatExceptionOfType(type)
        .isThrownBy(() -> pass.apply(model))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }
}
