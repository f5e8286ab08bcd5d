// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An activation whose features can be divided by constants for free, and the products that read
/// it, whose weights take them back.
///
/// The division goes into the factors of a `LayerNormalization`, or of a `Mul`, and into the
/// numbers that an `Add` behind that adds. Readers that are not such products read the activation
/// multiplied back.
///
/// @param factors constants along the features that are divided
/// @param products `MatMul` or `Gemm` with constant weights, at least one
/// @param others the remaining readers
record SmoothingSite(
    Value activation, List<Use> factors, List<Node> products, List<Use> others, int features) {
  /// The sites of a graph, in graph order.
  static List<SmoothingSite> of(Graph graph) {
    List<SmoothingSite> sites = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Value activation = node.output(0);
      if (activation.isPresent() && !activation.isGraphOutput()) {
        of(graph, activation).ifPresent(sites::add);
      }
    }
    return sites;
  }

  private static Optional<SmoothingSite> of(Graph graph, Value activation) {
    List<Node> products = new ArrayList<>();
    List<Use> others = new ArrayList<>();
    for (Use use : activation.uses()) {
      if (use.node().graph() != graph) {
        return Optional.empty();
      }
      if (use.inputIndex() == 0 && isProduct(use.node())) {
        products.add(use.node());
      } else {
        others.add(use);
      }
    }
    if (products.isEmpty()) {
      return Optional.empty();
    }
    int features = features(products.getFirst());
    // Of one activation all products have as many inputs.
    return factors(activation.producer().orElseThrow(), features)
        .map(factors -> new SmoothingSite(activation, factors, products, others, features));
  }

  private static boolean isProduct(Node node) {
    return (node.is("MatMul") || (node.is("Gemm") && node.intAttribute("transA", 0) == 0))
        && node.input(1).isPresent()
        && node.input(1).quantizationAnnotation().isEmpty()
        && node.input(1)
            .constant()
            .filter(weights -> weights.dataType() == DataType.FLOAT && weights.elements() > 0)
            .filter(Tensor::isFinite)
            .filter(weights -> WeightLayout.of(node, weights.shape()).isPresent())
            .isPresent();
  }

  private static int features(Node product) {
    return Math.toIntExact(WeightLayout.of(product).orElseThrow().inputChannels());
  }

  private static Optional<List<Use>> factors(Node producer, int features) {
    if (producer.is("LayerNormalization")) {
      return normalization(producer, features);
    }
    if (producer.is("Mul")) {
      return vector(producer, features).map(List::of);
    }
    if (!producer.is("Add")) {
      return Optional.empty();
    }
    Optional<Use> added = vector(producer, features);
    if (added.isEmpty()) {
      return Optional.empty();
    }
    Value product = producer.input(1 - added.get().inputIndex());
    return product
        .producer()
        .filter(node -> node.is("Mul") && product.hasSingleUse() && !product.isGraphOutput())
        .flatMap(node -> vector(node, features))
        .map(factor -> List.of(factor, added.get()));
  }

  private static Optional<List<Use>> normalization(Node node, int features) {
    boolean lastAxis =
        node.intAttribute("axis", -1) == -1
            || node.input(0)
                .shape()
                .filter(shape -> node.intAttribute("axis", -1) == shape.rank() - 1)
                .isPresent();
    boolean alone = node.outputs().stream().skip(1).allMatch(Value::isAbsent);
    List<Use> factors = new ArrayList<>();
    for (int i = 1; i < node.inputs().size(); i++) {
      if (node.input(i).isPresent()) {
        if (!isVector(node.input(i), features)) {
          return Optional.empty();
        }
        factors.add(new Use(node, i));
      }
    }
    return lastAxis && alone && !factors.isEmpty() ? Optional.of(factors) : Optional.empty();
  }

  /// The constant operand that varies along the features alone, if the other one is computed.
  private static Optional<Use> vector(Node node, int features) {
    for (int i = 0; i < 2; i++) {
      if (isVector(node.input(i), features) && node.input(1 - i).constant().isEmpty()) {
        return Optional.of(new Use(node, i));
      }
    }
    return Optional.empty();
  }

  private static boolean isVector(Value value, int features) {
    return value
        .constant()
        .filter(tensor -> tensor.dataType() == DataType.FLOAT && tensor.shape().rank() > 0)
        .filter(tensor -> tensor.elements() == features)
        .filter(tensor -> tensor.shape().size(tensor.shape().rank() - 1) == features)
        .isPresent();
  }

  /// max |W| over all products of what each feature is multiplied by.
  double[] largestWeights() {
    double[] largest = new double[features];
    for (Node product : products) {
      WeightLayout layout = WeightLayout.of(product).orElseThrow();
      float[] weights = product.input(1).constant().orElseThrow().toFloats();
      for (int i = 0; i < weights.length; i++) {
        int feature = layout.inputChannel(i);
        largest[feature] = Math.max(largest[feature], Math.abs(weights[i]));
      }
    }
    return largest;
  }

  /// Divides the features by `scales` and multiplies them back in the products and for the others.
  ///
  /// @param scales `[features]`, greater than 0
  void apply(double[] scales) {
    Graph graph = activation.producer().orElseThrow().graph();
    for (Use factor : factors) {
      Tensor constant = factor.node().input(factor.inputIndex()).constant().orElseThrow();
      float[] values = constant.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] / scales[i]);
      }
      replace(factor, Tensor.ofFloats(constant.shape(), values));
    }
    for (Node product : products) {
      WeightLayout layout = WeightLayout.of(product).orElseThrow();
      Tensor weights = product.input(1).constant().orElseThrow();
      float[] values = weights.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] * scales[layout.inputChannel(i)]);
      }
      replace(new Use(product, 1), Tensor.ofFloats(weights.shape(), values));
    }
    if (!others.isEmpty()) {
      restore(graph, scales);
    }
  }

  private void restore(Graph graph, double[] scales) {
    float[] values = new float[scales.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) scales[i];
    }
    String name = activation.name() + "_restored";
    Value restored =
        graph
            .insertAfter(
                activation.producer().orElseThrow(),
                NodeBuilder.of("Mul")
                    .name(graph.uniqueNodeName(name))
                    .inputs(
                        activation,
                        graph.addConstant(
                            activation.name() + "_smoothing",
                            Tensor.ofFloats(Shape.of(values.length), values)))
                    .output(graph.uniqueName(name), activation.type().orElse(null)))
            .output(0);
    others.forEach(use -> use.node().setInput(use.inputIndex(), restored));
  }

  private static void replace(Use use, Tensor tensor) {
    Node node = use.node();
    Value old = node.input(use.inputIndex());
    Graph graph = node.graph();
    if (old.isInitializer() && !old.isGraphInput() && old.hasSingleUse()) {
      graph.setInitializer(old, tensor);
      return;
    }
    node.setInput(use.inputIndex(), graph.addConstant(old.name(), tensor));
    ConstantOperand.removeIfUnused(graph, old);
  }
}
