// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.structure.Contraction;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.MaskedModel;
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
/// One layer after the other, each with runs of all samples, so that memory holds one covariance. A
/// quarter of the samples is held back to judge by.
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

  /// Fits for many cuts of the model, on a part of the samples.
  ///
  /// @param batches of the samples, at most
  public RepeatedFit repeated(int batches) {
    return new RepeatedFit(backend, model, fitted.subList(0, Math.min(batches, fitted.size())));
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
    double energy = statistics.variance(weights);
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

  /// Fits the weights of all layers that lose input channels, by least squares with an intercept,
  /// to what they gave in the original. One after the other in graph order, each from what it reads
  /// once the layers before it are pruned and fitted. Fitted weights that are worse on the samples
  /// held back are not taken.
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
        errors.add(fit(consumer.get(), cut, constants));
      }
    }
    return errors;
  }

  private LayerError fit(Consumer consumer, Cut cut, Constants constants) {
    Set<Integer> staying = new HashSet<>();
    Node node = consumer.node();
    for (int each : cut.kept(node.input(0), consumer.axis())) {
      staying.add(each);
    }
    int[] kept = consumer.rows(staying::contains);
    PairedRows rows = new PairedRows(backend, model, MaskedModel.of(cut), consumer);
    LayerFit fit = LayerFit.measure(rows, kept, fitted);
    LayerFit.Solution plain = fit.plain();
    LayerFit.Solution solved = fit.solve();
    double[] errors = fit.errors(held, List.of(plain, solved));
    boolean better = errors[1] <= errors[0];
    constants.add(node, (better ? solved : plain).constants());
    if (better) {
      double[][] weights = consumer.matrix();
      for (int i = 0; i < kept.length; i++) {
        weights[kept[i]] = solved.weights()[i];
      }
      Tensor changed =
          TensorArrays.toTensor(
                  Nd4j.createFromArray(consumer.elements(weights)), consumer.weights().dataType())
              .reshape(consumer.weights().shape());
      node.graph().setInitializer(node.input(1), changed);
    }
    return new LayerError(consumer.name(), errors[0], errors[1], better);
  }
}
