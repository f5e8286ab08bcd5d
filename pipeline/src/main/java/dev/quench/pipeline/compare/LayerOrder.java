// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The layers of a model in the order of its graph.
///
/// @param layers those whose result is floating point and no output of the model
record LayerOrder(List<Layer> layers) {
  private static final Set<String> NO_LAYERS =
      Set.of("QuantizeLinear", "DequantizeLinear", "Cast", "Identity", "Constant");
  private static final Set<String> NORMALIZED = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
  private static final long FREE = -1;

  /// @param sizes of the result, [#FREE] where a dimension is
  /// @param tensor name of the result
  record Layer(String operator, List<Long> sizes, String tensor) {
    private boolean isLike(Layer other) {
      return operator.equals(other.operator) && sizes.equals(other.sizes);
    }
  }

  /// @param model gets unknown types inferred
  static LayerOrder of(Model model) {
    ShapeInference.infer(model);
    Graph graph = model.graph();
    Set<Value> outputs = new HashSet<>(graph.outputs());
    Set<Node> absorbed = new HashSet<>();
    List<Layer> layers = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (NO_LAYERS.contains(node.opType()) || absorbed.contains(node)) {
        continue;
      }
      Value result = node.output(0);
      if (NORMALIZED.contains(node.opType()) && result.uses().size() == 1) {
        Node reader = result.uses().getFirst().node();
        if (reader.is("BatchNormalization") && reader.input(0) == result) {
          absorbed.add(reader);
          result = reader.output(0);
        }
      }
      if (!outputs.contains(result) && result.dataType().filter(DataType::isFloating).isPresent()) {
        layers.add(new Layer(node.opType(), sizes(result), result.name()));
      }
    }
    return new LayerOrder(layers);
  }

  private static List<Long> sizes(Value value) {
    Shape shape = value.shape().orElse(Shape.SCALAR);
    List<Long> sizes = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      sizes.add(shape.dim(axis) instanceof Dim.Fixed(long size) ? size : FREE);
    }
    return sizes;
  }

  /// Tensors of the longest common subsequence, by name in the first; of several as long, the one
  /// that pairs early layers.
  static Map<String, String> pairs(LayerOrder first, LayerOrder second) {
    List<Layer> one = first.layers;
    List<Layer> other = second.layers;
    int[][] longest = new int[one.size() + 1][other.size() + 1];
    for (int i = one.size() - 1; i >= 0; i--) {
      for (int j = other.size() - 1; j >= 0; j--) {
        longest[i][j] =
            one.get(i).isLike(other.get(j))
                ? longest[i + 1][j + 1] + 1
                : Math.max(longest[i + 1][j], longest[i][j + 1]);
      }
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    int i = 0;
    int j = 0;
    while (i < one.size() && j < other.size()) {
      if (one.get(i).isLike(other.get(j))) {
        pairs.put(one.get(i++).tensor(), other.get(j++).tensor());
      } else if (longest[i + 1][j] >= longest[i][j + 1]) {
        i++;
      } else {
        j++;
      }
    }
    return pairs;
  }
}
