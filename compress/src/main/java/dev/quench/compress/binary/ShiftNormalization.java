// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Replaces BatchNormalization with its shift-based form for training, which multiplies by powers
/// of two only: `BatchNormalization(x, γ, β, μ, v)` → `ShiftBatchNormalization(x, γ, β, μ, 1/√(v +
/// ε))`.
///
/// With c = x − mean(x) and AP2 of [PowerOfTwo], training computes v = mean(c · AP2(c)) and y =
/// AP2(γ) · AP2(1/√(v + ε)) · c + β and averages the mean and 1/√(v + ε), un-rounded. Evaluation
/// uses the averages in their place; [LowerBinary] writes it as `Add(Mul(Sub(x, μ), s), β)`, which
/// gives the same numbers, as multiplying by a power of two does not round. Source: Hubara et al.,
/// Binarized Neural Networks, NIPS 2016, algorithm 3, with the β that the listing omits. Immutable.
public final class ShiftNormalization implements Transformation<Integer> {
  private static final float EPSILON = 1e-5f;

  /// Weight of the running values; the published code's momentum of 0.125 is that of the batch.
  private static final float MOMENTUM = 0.875f;

  @Override
  public String name() {
    return "shift-normalization";
  }

  /// @return number of normalizations
  /// @throws IllegalArgumentException if parameters of one are computed
  @Override
  public Integer apply(Model model) {
    ShapeInference.infer(model);
    Graph graph = model.graph();
    int replaced = 0;
    for (Node node : List.copyOf(graph.nodes())) {
      if (node.is("BatchNormalization")) {
        replace(graph, node);
        replaced++;
      }
    }
    if (replaced > 0) {
      graph.setOpsets(graph.opsets().with(TrainingOps.DOMAIN, 1));
    }
    return replaced;
  }

  private static void replace(Graph graph, Node node) {
    float epsilon = node.floatAttribute("epsilon", EPSILON);
    float[] variances = constant(node, 4);
    float[] inverses = new float[variances.length];
    for (int i = 0; i < inverses.length; i++) {
      inverses[i] = (float) (1 / Math.sqrt((double) variances[i] + epsilon));
    }
    Value variance = node.input(4);
    Value inverse =
        graph.addConstant(
            node.name() + ".inverse_deviation",
            Tensor.ofFloats(Shape.of(inverses.length), inverses));
    Value output = node.output(0);
    Node shift =
        graph.insertBefore(
            node,
            NodeBuilder.of(TrainingOps.SHIFT_NORMALIZATION)
                .domain(TrainingOps.DOMAIN)
                .name(node.name())
                .attribute("epsilon", epsilon)
                .attribute("momentum", MOMENTUM)
                .inputs(node.input(0), node.input(1), node.input(2), node.input(3), inverse)
                .output(graph.uniqueName(output.name()), output.type().orElse(null)));
    graph.adoptOutput(shift, 0, output);
    graph.remove(node);
    removeUnused(graph, variance);
  }

  /// Writes a [TrainingOps#SHIFT_NORMALIZATION] as plain nodes.
  static void lower(Graph graph, Node node) {
    float[] scale = constant(node, 1);
    float[] shift = constant(node, 2);
    float[] mean = constant(node, 3);
    float[] inverse = constant(node, 4);
    float[] factors = new float[scale.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = PowerOfTwo.nearest(scale[i]) * PowerOfTwo.nearest(inverse[i]);
    }
    List<Value> parameters = List.copyOf(node.inputs()).subList(1, 5);
    Value output = node.output(0);
    Value centred = append(graph, node, "Sub", "mean", node.input(0), mean);
    Value scaled = append(graph, node, "Mul", "scale", centred, factors);
    Value shifted = append(graph, node, "Add", "shift", scaled, shift);
    graph.adoptOutput(shifted.producer().orElseThrow(), 0, output);
    graph.remove(node);
    parameters.forEach(parameter -> removeUnused(graph, parameter));
  }

  private static Value append(
      Graph graph, Node node, String opType, String name, Value x, float[] channels) {
    int rank = node.input(0).shape().orElseThrow().rank();
    long[] sizes = new long[rank - 1];
    Arrays.fill(sizes, 1);
    sizes[0] = channels.length;
    Value operand =
        graph.addConstant(
            node.name() + "." + name + ".value", Tensor.ofFloats(Shape.of(sizes), channels));
    return graph
        .insertBefore(
            node,
            NodeBuilder.of(opType)
                .name(graph.uniqueNodeName(node.name() + "." + name))
                .inputs(x, operand)
                .output(graph.uniqueName(node.name() + "." + name), x.type().orElse(null)))
        .output(0);
  }

  private static float[] constant(Node node, int input) {
    return node.input(input)
        .constant()
        .orElseThrow(() ->
            new IllegalArgumentException(
                node.describe()
                    + ": expected constant parameters, input "
                    + input
                    + " is computed"))
        .toFloats();
  }

  private static void removeUnused(Graph graph, Value value) {
    if (value.isInitializer() && value.isUnused()) {
      graph.removeInitializer(value);
    }
  }
}
