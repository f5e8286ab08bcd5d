// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.structure.Contraction;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Backend;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.factory.Nd4j;

/// Fits the layers behind many cuts of one model: what the layers of the original read is measured
/// once, so that a fit costs a solution of linear equations.
///
/// Beside [Reconstruction#fit] a draft: each layer is fitted from what it reads in the original,
/// not behind pruned layers, on fewer samples, only with at most 1536 weights a channel, and fitted
/// weights are taken unseen. Memory: the covariances of all these layers.
public final class RepeatedFit {
  private static final int MOST_ROWS = 1536;

  @SuppressWarnings("ArrayRecordComponent") // stays inside the class, never compared
  private record Moments(InputStatistics statistics, double[][] cross) {}

  private final Backend backend;
  private final Model model;
  private final List<Map<String, Tensor>> samples;
  private final Map<String, Moments> known = new HashMap<>();

  RepeatedFit(Backend backend, Model model, List<Map<String, Tensor>> samples) {
    this.backend = backend;
    this.model = model;
    this.samples = List.copyOf(samples);
  }

  /// @param cut not yet applied, of a copy of the model; the model of its structure is edited
  /// @param constants takes what the layers lose on average
  public void fit(Cut cut, Reconstruction.Constants constants) {
    for (Contraction sum : cut.structure().contractions()) {
      Node node = sum.node();
      if (cut.isCut(node.input(sum.input()), sum.axis()) && node.input(1).useCount() == 1) {
        Optional<Consumer> consumer = Consumer.of(sum, cut.structure());
        if (consumer.isPresent()
            && consumer.get().rows() <= MOST_ROWS
            && constants.add(node, new double[consumer.get().outputs()])) {
          fit(consumer.get(), cut.kept(node.input(0), sum.axis()), constants);
        }
      }
    }
  }

  private void fit(Consumer consumer, int[] kept, Reconstruction.Constants constants) {
    Moments moments =
        known.computeIfAbsent(consumer.input() + "\n" + consumer.name(), _ -> measure(consumer));
    Set<Integer> staying = new HashSet<>();
    for (int each : kept) {
      staying.add(each);
    }
    int[] rows = consumer.rows(staying::contains);
    double[][] fitted = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      fitted[i] = moments.cross[rows[i]].clone();
    }
    SymmetricMatrix.solve(SymmetricMatrix.ridged(moments.statistics.covariance(), rows), fitted);
    double[][] weights = consumer.matrix();
    constants.add(consumer.node(), shift(moments.statistics.mean(), weights, rows, fitted));
    for (int i = 0; i < rows.length; i++) {
      weights[rows[i]] = fitted[i];
    }
    consumer
        .node()
        .graph()
        .setInitializer(
            consumer.node().input(1),
            TensorArrays.toTensor(
                    Nd4j.createFromArray(consumer.elements(weights)), consumer.weights().dataType())
                .reshape(consumer.weights().shape()));
  }

  /// What the outputs lose on average.
  private static double[] shift(double[] mean, double[][] weights, int[] rows, double[][] fitted) {
    double[] shift = new double[weights[0].length];
    for (int i = 0; i < mean.length; i++) {
      SymmetricMatrix.add(shift, mean[i], weights[i]);
    }
    for (int i = 0; i < rows.length; i++) {
      SymmetricMatrix.add(shift, -mean[rows[i]], fitted[i]);
    }
    return shift;
  }

  private Moments measure(Consumer consumer) {
    InputStatistics statistics = InputStatistics.measure(backend, model, consumer, samples);
    return new Moments(
        statistics, SymmetricMatrix.product(statistics.covariance(), consumer.matrix()));
  }
}
