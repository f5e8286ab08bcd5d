// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// What classes of channels are worth by a [Criterion]; computed in double.
public final class FilterScores {
  private static final float USUAL_EPSILON = 1e-5f;

  private final Map<Integer, Double> scores;

  private final boolean comparable;

  private FilterScores(Map<Integer, Double> scores, boolean comparable) {
    this.scores = scores;
    this.comparable = comparable;
  }

  /// @throws PruningException naming weights that hold NaN or infinity
  public static FilterScores of(Structure structure, Criterion criterion) {
    if (criterion.needsData()) {
      throw new IllegalArgumentException(criterion + " needs data");
    }
    boolean comparable = criterion.ranksScales();
    return new FilterScores(
        comparable ? gammas(structure) : norms(structure, criterion), comparable);
  }

  /// Worths by [Criterion#TAYLOR], comparable between layers.
  ///
  /// @throws PruningException if a gradient is not finite
  public static FilterScores of(Structure structure, WeightGradients gradients) {
    return new FilterScores(TaylorScores.of(structure, gradients), true);
  }

  /// Worths found elsewhere; comparable within a layer alone.
  public static FilterScores of(Map<Integer, Double> worths) {
    return new FilterScores(Map.copyOf(worths), false);
  }

  /// Whether the worths of different layers are of one measure, as γ are and norms are not.
  boolean isComparable() {
    return comparable;
  }

  /// The worth of a class; empty if nothing is known of it.
  public OptionalDouble get(int indexClass) {
    Double found = scores.get(indexClass);
    return found == null ? OptionalDouble.empty() : OptionalDouble.of(found);
  }

  private static Map<Integer, Double> norms(Structure structure, Criterion criterion) {
    Map<Integer, Double> sums = new HashMap<>();
    Map<Integer, Integer> counts = new HashMap<>();
    for (LayerAxis layer : structure.layers()) {
      Optional<FilterTensor> filters = FilterTensor.of(layer.weights(), layer.axis());
      if (filters.isEmpty() || !structure.isTracked(layer.weights(), layer.axis())) {
        continue;
      }
      double[] scores = scores(layer, filters.get(), criterion);
      int[] classes = structure.classes(layer.weights(), layer.axis());
      for (int i = 0; i < scores.length; i++) {
        sums.merge(classes[i], scores[i], Double::sum);
        counts.merge(classes[i], 1, Integer::sum);
      }
    }
    sums.replaceAll((each, sum) -> sum / counts.getOrDefault(each, 1));
    return sums;
  }

  private static double[] scores(LayerAxis layer, FilterTensor filters, Criterion criterion) {
    double[] factors = factors(layer.node(), filters.filters());
    double[] norms = new double[factors.length];
    filters.visit((filter, weight) ->
        norms[filter] += criterion == Criterion.L1 ? Math.abs(weight) : weight * weight);
    for (int i = 0; i < norms.length; i++) {
      norms[i] = factors[i] * (criterion == Criterion.L1 ? norms[i] : Math.sqrt(norms[i]));
      if (!Double.isFinite(norms[i])) {
        throw new PruningException(
            "the weights of layer '%s' hold NaN or infinity, so its channels cannot be ranked; train it anew or mend the file"
                .formatted(layer.name()));
      }
    }
    return criterion == Criterion.FPGM ? distances(filters.rows(), factors) : norms;
  }

  /// The sum of the distances of each row to all others, by ‖a‖² + ‖b‖² − 2ab.
  private static double[] distances(double[][] rows, double[] factors) {
    double[] sums = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] *= factors[i];
      }
    }
    if (rows.length == 0 || rows[0].length == 0) {
      return sums;
    }
    try (INDArray matrix = Nd4j.createFromArray(rows);
        INDArray products = matrix.mmul(matrix.transpose())) {
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < rows.length; j++) {
          double square =
              products.getDouble(i, i) + products.getDouble(j, j) - 2 * products.getDouble(i, j);
          sums[i] += Math.sqrt(Math.max(0, square));
        }
      }
    }
    return sums;
  }

  /// |γ| / √(σ² + ε) of the BatchNormalization that alone reads the layer, else 1.
  private static double[] factors(Node layer, int filters) {
    double[] factors = new double[filters];
    Arrays.fill(factors, 1);
    Value output = layer.output(0);
    if (!output.hasSingleUse()) {
      return factors;
    }
    Use use = output.uses().getFirst();
    Optional<Tensor> scale = use.node().input(1).constant();
    Optional<Tensor> variance = use.node().input(4).constant();
    if (!use.node().is("BatchNormalization")
        || scale.isEmpty()
        || variance.isEmpty()
        || scale.get().elements() != filters) {
      return factors;
    }
    double epsilon = use.node().floatAttribute("epsilon", USUAL_EPSILON);
    for (int i = 0; i < filters; i++) {
      factors[i] =
          Math.abs(scale.get().doubleAt(i)) / Math.sqrt(variance.get().doubleAt(i) + epsilon);
    }
    return factors;
  }

  private static Map<Integer, Double> gammas(Structure structure) {
    Map<Integer, Double> largest = new HashMap<>();
    for (Node node : structure.model().graph().nodes()) {
      if (!node.is("BatchNormalization") || !structure.isTracked(node.input(1), 0)) {
        continue;
      }
      Tensor scale = node.input(1).constant().orElse(null);
      if (scale == null) {
        continue;
      }
      int[] classes = structure.classes(node.input(1), 0);
      for (int i = 0; i < classes.length; i++) {
        double gamma = Math.abs(scale.doubleAt(i));
        if (!Double.isFinite(gamma)) {
          throw new PruningException(
              "the scale of %s holds NaN or infinity, so its channels cannot be ranked; train it anew or mend the file"
                  .formatted(node.describe()));
        }
        largest.merge(classes[i], gamma, Math::max);
      }
    }
    return largest;
  }
}
