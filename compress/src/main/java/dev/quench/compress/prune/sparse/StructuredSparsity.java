// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import dev.quench.compress.prune.MaskedEquivalence;
import dev.quench.compress.prune.operator.OperatorRules;
import dev.quench.compress.prune.structure.ExchangeableClasses;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Reordering;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.Backend;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Leaves at most N of each M consecutive weights along the input channels of `Conv`, `Gemm` and
/// `MatMul`, those of largest magnitude:
///
/// ```java
/// SparseModel sparse = StructuredSparsity.of(model).checkOn(backend).run();
/// ```
///
/// Sparse tensor cores multiply 2:4 in half the time; kernels that know nothing of it take as long
/// as before. Channels first change places, so that the groups lose less, where the model computes
/// the same in another order; see [ExchangeableClasses]. Set it up and run it in one thread.
public final class StructuredSparsity {
  private static final long SEED = 20211206;

  /// Some seconds for the largest layers; what a search gains comes early.
  private static final long WORK = 2_000_000_000L;

  private final Model model;
  private SparsityPattern pattern = SparsityPattern.TWO_OF_FOUR;
  private boolean permuting = true;
  private NodeSelection excluded = NodeSelection.NONE;
  private boolean firstToo;
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private @Nullable Backend backend;

  private StructuredSparsity(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static StructuredSparsity of(Model model) {
    return new StructuredSparsity(model);
  }

  /// 2:4 unless set.
  public StructuredSparsity pattern(SparsityPattern chosen) {
    pattern = chosen;
    return this;
  }

  /// Whether channels may change places; so unless set.
  public StructuredSparsity permute(boolean chosen) {
    permuting = chosen;
    return this;
  }

  /// Layers that stay as they are.
  public StructuredSparsity excluding(NodeSelection chosen) {
    excluded = chosen;
    return this;
  }

  /// Whether layers that read the inputs of the graph take the pattern too; not unless set, since
  /// accuracy hangs on them most.
  public StructuredSparsity firstLayers(boolean chosen) {
    firstToo = chosen;
    return this;
  }

  /// Sizes of an input with free dimensions, at which the new order is checked.
  public StructuredSparsity inputShape(String input, Shape shape) {
    inputShapes.put(input, shape);
    return this;
  }

  /// Runs the model in its new order against the original.
  public StructuredSparsity checkOn(Backend chosen) {
    backend = chosen;
    return this;
  }

  /// Sets weights to zero.
  ///
  /// @return a new model
  /// @throws PruningException if no layer fits the pattern, with reasons; if weights are not
  ///   finite; or if the new order computes something else
  public SparseModel run() {
    Model work = model.copy();
    Structure structure = Structure.of(work, OperatorRules::of);
    SparseLayers layers = SparseLayers.of(work.graph(), pattern, excluded, firstToo);
    if (layers.chosen().isEmpty()) {
      throw new PruningException(
          "no layer fits the pattern %s: %s"
              .formatted(
                  pattern,
                  layers.leftOut().entrySet().stream()
                      .map(each -> "%s: %s".formatted(each.getKey(), each.getValue()))
                      .limit(3)
                      .reduce((a, b) -> a + "; " + b)
                      .orElse("the model has no layers with weights")));
    }
    Map<String, String> unmoved = new HashMap<>();
    Optional<MaskedEquivalence> equivalence = Optional.empty();
    if (permuting) {
      Map<Integer, Integer> moved = order(structure, layers, unmoved);
      if (!moved.isEmpty()) {
        new Reordering(structure, moved).apply();
        equivalence =
            Optional.ofNullable(backend)
                .map(on -> MaskedEquivalence.ofOrder(model, work, inputShapes, on));
      }
    }
    long weights = 0;
    long zeros = 0;
    List<SparsityReport.Layer> reported = new ArrayList<>();
    for (GroupedWeights layer : layers.chosen().values()) {
      weights += layer.weights().initializer().orElseThrow().elements();
      zeros += GroupedWeights.mask(work.graph(), layer.weights(), layer.axis(), pattern);
      reported.add(
          new SparsityReport.Layer(
              layer.name(),
              layer.shareAtFirst(),
              layer.share(),
              permuting ? unmoved.getOrDefault(layer.name(), "") : "not asked for"));
    }
    GraphValidator.validate(work);
    return new SparseModel(
        work, new SparsityReport(pattern, reported, layers.leftOut(), weights, zeros, equivalence));
  }

  /// Searches each set of exchangeable channels that a layer with the pattern reads.
  private static Map<Integer, Integer> order(
      Structure structure, SparseLayers layers, Map<String, String> unmoved) {
    Map<Integer, Integer> moved = new HashMap<>();
    Set<Integer> exchangeable = new HashSet<>();
    for (List<Integer> set : ExchangeableClasses.of(structure)) {
      exchangeable.addAll(set);
      List<PermutationSearch.Reader> readers = readers(structure, layers, set);
      if (!readers.isEmpty()) {
        int[] order = new PermutationSearch(readers, set.size(), SEED, WORK).run();
        for (int i = 0; i < order.length; i++) {
          if (order[i] != i) {
            moved.put(set.get(i), set.get(order[i]));
          }
        }
      }
    }
    for (GroupedWeights layer : layers.chosen().values()) {
      int[] classes = structure.classes(layer.weights(), layer.axis());
      Map<String, Integer> reasons = new LinkedHashMap<>();
      for (int each : classes) {
        if (!exchangeable.contains(each)) {
          String reason =
              structure
                  .frozen(each)
                  .orElse("no other channel is tied to the same tensors in the same way");
          reasons.merge(reason, 1, Integer::sum);
        }
      }
      reasons.entrySet().stream()
          .max(Map.Entry.comparingByValue())
          .ifPresent(most ->
              unmoved.put(
                  layer.name(),
                  "%d of %d input channels keep their places: %s"
                      .formatted(
                          reasons.values().stream().mapToInt(Integer::intValue).sum(),
                          classes.length,
                          most.getKey())));
    }
    return moved;
  }

  private static List<PermutationSearch.Reader> readers(
      Structure structure, SparseLayers layers, List<Integer> set) {
    Map<Integer, Integer> numbers = new HashMap<>();
    for (int i = 0; i < set.size(); i++) {
      numbers.put(set.get(i), i);
    }
    List<PermutationSearch.Reader> readers = new ArrayList<>();
    for (GroupedWeights layer : layers.chosen().values()) {
      int[] classes = structure.classes(layer.weights(), layer.axis());
      List<List<Integer>> places = new ArrayList<>();
      set.forEach(_ -> places.add(new ArrayList<>()));
      for (int i = 0; i < classes.length; i++) {
        Integer number = numbers.get(classes[i]);
        if (number != null) {
          places.get(number).add(i);
        }
      }
      if (!places.getFirst().isEmpty()) {
        readers.add(
            new PermutationSearch.Reader(
                layer,
                places.stream()
                    .map(each -> each.stream().mapToInt(Integer::intValue).toArray())
                    .toList()));
      }
    }
    return readers;
  }
}
