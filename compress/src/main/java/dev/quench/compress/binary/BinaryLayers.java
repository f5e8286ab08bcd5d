// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.compress.FixedLayers;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The layers of a graph whose weights can be binary: `Conv`, `ConvTranspose`, and `Gemm` and
/// `MatMul` whose second operand is a constant or binarized matrix; not [FixedLayers].
final class BinaryLayers {
  private BinaryLayers() {}

  static List<Node> all(Graph graph) {
    return graph.nodes().stream().filter(BinaryLayers::isLayer).toList();
  }

  /// All layers except the first and the last.
  static List<Node> inner(Graph graph) {
    List<Node> layers = all(graph);
    return layers.size() <= 2 ? List.of() : layers.subList(1, layers.size() - 1);
  }

  /// The layers of these names, in graph order.
  ///
  /// @throws IllegalArgumentException if a name is not that of a layer, listing those of all layers
  static List<Node> named(Graph graph, Set<String> names) {
    List<Node> layers = all(graph);
    Set<String> known = layers.stream().map(Node::name).collect(Collectors.toSet());
    for (String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "no layer is named '%s'; the layers of this model are %s"
                .formatted(
                    name,
                    layers.stream()
                        .map(layer -> "'" + layer.name() + "'")
                        .collect(Collectors.joining(", "))));
      }
    }
    return layers.stream().filter(layer -> names.contains(layer.name())).toList();
  }

  private static boolean isLayer(Node node) {
    if (FixedLayers.contains(node)) {
      return false;
    }
    return switch (node.opType()) {
      case "Conv", "ConvTranspose" -> node.domain().isEmpty();
      case "Gemm" -> node.is("Gemm") && node.floatAttribute("alpha", 1) == 1;
      case "MatMul" -> node.is("MatMul") && isConstantMatrix(node);
      default -> false;
    };
  }

  private static boolean isConstantMatrix(Node product) {
    boolean constant =
        product.input(1).constant().isPresent()
            || product.input(1).producer().filter(TrainingOps::isBinarize).isPresent();
    return constant
        && product.input(1).shape().map(Shape::rank).filter(rank -> rank == 2).isPresent();
  }
}
