// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// First-order estimates of what the loss gains or loses without a class of channels; see
/// [Criterion#TAYLOR].
final class TaylorScores {
  /// A layer's constant, and the class of each of its filters.
  @SuppressWarnings("ArrayRecordComponent") // stays inside the class, never compared
  private record Filters(String name, int inner, int[] classes) {}

  private TaylorScores() {}

  /// Of each class, the mean over batches of the squared sum of weight times gradient over the
  /// filters that it holds.
  ///
  /// @throws PruningException if a gradient is not finite
  static Map<Integer, Double> of(Structure structure, WeightGradients gradients) {
    List<Filters> layers = new ArrayList<>();
    for (LayerAxis layer : structure.layers()) {
      if (layer.weights().isInitializer() && structure.isTracked(layer.weights(), layer.axis())) {
        Shape shape = layer.weights().shape().orElseThrow();
        int inner = 1;
        for (int axis = layer.axis() + 1; axis < shape.rank(); axis++) {
          inner *= Math.toIntExact(shape.size(axis));
        }
        layers.add(
            new Filters(
                layer.weights().name(), inner, structure.classes(layer.weights(), layer.axis())));
      }
    }
    Map<Integer, Double> squares = new HashMap<>();
    gradients.forEachBatch(products -> add(layers, products, squares));
    return squares;
  }

  private static void add(
      List<Filters> layers, Map<String, float[]> products, Map<Integer, Double> squares) {
    Map<Integer, Double> sums = new HashMap<>();
    for (Filters layer : layers) {
      float[] own = products.get(layer.name);
      if (own != null) {
        double[] filters = new double[layer.classes.length];
        for (int i = 0; i < own.length; i++) {
          filters[i / layer.inner % filters.length] += own[i];
        }
        for (int i = 0; i < filters.length; i++) {
          if (!Double.isFinite(filters[i])) {
            throw new PruningException(
                "the gradients of '%s' hold NaN or infinity, so its channels cannot be ranked; check the weights and the data"
                    .formatted(layer.name));
          }
          sums.merge(layer.classes[i], filters[i], Double::sum);
        }
      }
    }
    sums.forEach((each, sum) -> squares.merge(each, sum * sum, Double::sum));
  }
}
