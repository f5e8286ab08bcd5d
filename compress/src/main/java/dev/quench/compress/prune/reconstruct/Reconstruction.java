// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.structure.Contraction;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Backend;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.factory.Nd4j;

/// Ranks channels by how well the layers behind do without them, and fits the weights of these
/// layers to what the channels that stay can still say. Both from covariances of what the layers of
/// the original read.
///
/// One layer after the other, each with a run of all samples, so that memory holds one covariance.
/// A quarter of the samples is held back to judge by.
public final class Reconstruction {
  /// Receives what each output of a layer loses on average.
  @FunctionalInterface
  public interface Constants {
    /// @return whether the layer has a place for it
    boolean add(Node node, double[] constants);
  }

  private static final int LEAST_SAMPLES = 4;

  private final Backend backend;
  private final Model model;
  private final List<Map<String, Tensor>> fitted;
  private final List<Map<String, Tensor>> held;

  /// @param model the original
  /// @param samples inputs, samples along the first axis; four or more
  /// @throws PruningException if there are fewer
  public Reconstruction(Backend backend, Model model, List<Map<String, Tensor>> samples) {
    if (samples.size() < LEAST_SAMPLES) {
      throw new PruningException(
          "fitting the layers anew needs %d samples or more, got %d"
              .formatted(LEAST_SAMPLES, samples.size()));
    }
    int part = samples.size() * 3 / 4;
    this.backend = backend;
    this.model = model;
    this.fitted = List.copyOf(samples.subList(0, part));
    this.held = List.copyOf(samples.subList(part, samples.size()));
  }

  /// What each class of channels is worth to the layers behind; nothing for groups that no layer
  /// reads whose input can be measured.
  public Map<Integer, Double> worths(Structure structure, Selector selector) {
    Map<Integer, Double> worths = new HashMap<>();
    for (ChannelGroup group : ChannelGroup.of(structure)) {
      List<Selector.Problem> problems = new ArrayList<>();
      for (Consumer consumer : consumers(structure)) {
        if (consumer.reads(new HashSet<>(group.classes()))) {
          problems.add(problem(consumer, group));
        }
      }
      if (!problems.isEmpty()) {
        double[] found = selector.worths(problems);
        for (int i = 0; i < found.length; i++) {
          worths.put(group.classes().get(i), found[i]);
        }
      }
    }
    return worths;
  }

  private Selector.Problem problem(Consumer consumer, ChannelGroup group) {
    InputStatistics statistics = InputStatistics.measure(backend, model, consumer, fitted);
    double[][] weights = consumer.matrix();
    int[][] blocks = new int[group.classes().size()][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = consumer.rowsOf(group.classes().get(i));
    }
    double energy = statistics.square(weights, statistics.mean());
    return new Selector.Problem(
        statistics.covariance(), weights, blocks, energy > 0 ? 1 / energy : 0);
  }

  private static List<Consumer> consumers(Structure structure) {
    List<Consumer> found = new ArrayList<>();
    for (Contraction sum : structure.contractions()) {
      Consumer.of(sum, structure).ifPresent(found::add);
    }
    return found;
  }

  /// Fits the weights of all layers that lose input channels, by least squares with an intercept:
  /// W' = (C\[S, S\] + μI)⁻¹ C\[S, :\] W for the rows S that stay. Fitted weights that are worse on
  /// the samples held back are not taken.
  ///
  /// @param cut not yet applied; the model of its structure is edited
  /// @param constants takes what the layer loses on average
  /// @return one for each layer that was measured
  public List<LayerError> fit(Cut cut, Constants constants) {
    List<LayerError> errors = new ArrayList<>();
    for (Contraction sum : cut.structure().contractions()) {
      Node node = sum.node();
      if (!cut.isCut(node.input(sum.input()), sum.axis()) || node.input(1).useCount() > 1) {
        continue;
      }
      Optional<Consumer> consumer = Consumer.of(sum, cut.structure());
      if (consumer.isPresent() && constants.add(node, new double[consumer.get().outputs()])) {
        errors.add(fit(consumer.get(), cut.kept(node.input(0), sum.axis()), constants));
      }
    }
    return errors;
  }

  private LayerError fit(Consumer consumer, int[] kept, Constants constants) {
    InputStatistics statistics = InputStatistics.measure(backend, model, consumer, fitted);
    Set<Integer> staying = new HashSet<>();
    for (int each : kept) {
      staying.add(each);
    }
    int[] rows = consumer.rows(staying::contains);
    double[][] weights = consumer.matrix();
    double[][] plain = lost(weights, rows, chosen(weights, rows));
    double[][] refit = solve(statistics, weights, rows);
    double[][] difference = lost(weights, rows, refit);
    InputStatistics judged = InputStatistics.measure(backend, model, consumer, held);
    double whole = judged.square(weights, judged.mean());
    double before = whole > 0 ? judged.square(plain, statistics.mean()) / whole : 0;
    double after = whole > 0 ? judged.square(difference, statistics.mean()) / whole : 0;
    boolean better = after <= before;
    constants.add(consumer.node(), shift(statistics.mean(), better ? difference : plain));
    if (better) {
      for (int i = 0; i < rows.length; i++) {
        weights[rows[i]] = refit[i];
      }
      Tensor changed =
          TensorArrays.toTensor(
                  Nd4j.createFromArray(consumer.elements(weights)), consumer.weights().dataType())
              .reshape(consumer.weights().shape());
      consumer.node().graph().setInitializer(consumer.node().input(1), changed);
    }
    return new LayerError(consumer.name(), before, after, better);
  }

  private static double[][] solve(InputStatistics statistics, double[][] weights, int[] rows) {
    double[][] cross = SymmetricMatrix.product(statistics.covariance(), weights);
    double[][] fitted = chosen(cross, rows);
    SymmetricMatrix.solve(SymmetricMatrix.ridged(statistics.covariance(), rows), fitted);
    return fitted;
  }

  private static double[][] chosen(double[][] matrix, int[] rows) {
    double[][] chosen = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      chosen[i] = matrix[rows[i]];
    }
    return chosen;
  }

  /// The weights of the original less those of the rows that stay.
  private static double[][] lost(double[][] weights, int[] rows, double[][] staying) {
    double[][] lost = new double[weights.length][];
    for (int i = 0; i < lost.length; i++) {
      lost[i] = weights[i].clone();
    }
    for (int i = 0; i < rows.length; i++) {
      for (int o = 0; o < lost[rows[i]].length; o++) {
        lost[rows[i]][o] -= staying[i][o];
      }
    }
    return lost;
  }

  private static double[] shift(double[] mean, double[][] difference) {
    double[] shift = new double[difference[0].length];
    for (int i = 0; i < mean.length; i++) {
      SymmetricMatrix.add(shift, mean[i], difference[i]);
    }
    return shift;
  }
}
