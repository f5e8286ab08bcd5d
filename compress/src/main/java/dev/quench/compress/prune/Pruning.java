// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.operator.OperatorRules;
import dev.quench.compress.prune.reconstruct.LayerError;
import dev.quench.compress.prune.reconstruct.Reconstruction;
import dev.quench.compress.prune.reconstruct.Selector;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.FilterScores;
import dev.quench.compress.prune.select.Goal;
import dev.quench.compress.prune.select.Limits;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.compress.prune.select.Selection;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.MaskedModel;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Backend;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes channels out of a model:
///
/// ```java
/// PrunedModel pruned = Pruning.of(model).ratio(0.5).align(8).checkOn(backend).run();
/// ```
///
/// Any graph: which channels can only go together follows from its operators, whatever their
/// arrangement; see [Structure]. What an operator without a rule touches stays, and the report says
/// so. Weights of the channels that stay keep their values; fine-tune afterwards. Set it up and run
/// it in one thread.
public final class Pruning {
  private static final int MENTIONED = 3;

  private final Model model;
  private Criterion criterion = Criterion.L1;
  private Budget budget = Budget.MACS;
  private double ratio = 0.5;
  private @Nullable Ranking ranking;
  private Limits limits = Limits.DEFAULT;
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private boolean absorbing = true;
  private @Nullable Backend backend;
  private @Nullable Backend fitting;
  private List<Map<String, Tensor>> samples = List.of();

  private Pruning(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static Pruning of(Model model) {
    return new Pruning(model);
  }

  /// What channels are worth; L1 unless set.
  public Pruning criterion(Criterion chosen) {
    criterion = chosen;
    return this;
  }

  /// The share of the multiply-accumulates that goes; a half unless set.
  public Pruning ratio(double share) {
    return ratio(Budget.MACS, share);
  }

  /// The share of something that goes.
  ///
  /// @param share in (0, 1)
  public Pruning ratio(Budget of, double share) {
    budget = of;
    ratio = share;
    return this;
  }

  /// How layers are weighed against each other; γ globally, norms uniformly unless set.
  public Pruning ranking(Ranking chosen) {
    ranking = chosen;
    return this;
  }

  /// Leaves each group of channels a multiple of `multiple`, also where that takes out more than
  /// asked for. A group that has fewer stays whole.
  public Pruning align(int multiple) {
    limits = new Limits(multiple, limits.floor());
    return this;
  }

  /// Leaves each group this share of its channels at least; a twentieth unless set.
  public Pruning floor(double share) {
    limits = new Limits(limits.alignment(), share);
    return this;
  }

  /// Sizes of an input with free dimensions, at which costs are counted and the result is checked;
  /// one sample and small sizes unless set.
  public Pruning inputShape(String input, Shape shape) {
    inputShapes.put(input, shape);
    return this;
  }

  /// Whether layers take over what the channels that go give on average, as far as
  /// BatchNormalization tells; so unless set.
  public Pruning absorb(boolean chosen) {
    absorbing = chosen;
    return this;
  }

  /// Runs the pruned model against the original in which the same channels are zero.
  public Pruning checkOn(Backend chosen) {
    backend = chosen;
    return this;
  }

  /// Fits the weights of layers that lose inputs anew, so that they give what the original gave on
  /// these samples as nearly as they can. Criteria that need data take them too.
  ///
  /// @param inputs by name, samples along the first axis; a quarter is held back to judge by
  public Pruning fitTo(Backend chosen, List<Map<String, Tensor>> inputs) {
    fitting = chosen;
    samples = List.copyOf(inputs);
    return this;
  }

  /// Prunes.
  ///
  /// @return a new model
  /// @throws PruningException if the ratio cannot be met, with what can; if nothing can be cut, or
  ///   weights are not finite; or if the result does not pass its check
  public PrunedModel run() {
    Reconstruction reconstruction =
        fitting == null ? null : new Reconstruction(fitting, model, samples);
    Goal goal = new Goal(budget, ratio, ranking(), limits);
    Model work = model.copy();
    List<Node> biased =
        absorbing || reconstruction != null ? ConstantAbsorption.addBiases(work) : List.of();
    Structure structure = Structure.of(work, OperatorRules::of);
    SettledInputs inputs = SettledInputs.of(work, inputShapes);
    ModelCost counted = ModelCost.of(work, inputs.forCosts());
    ModelCost before = ModelCost.of(model, inputs.forCosts());
    List<PruningReport.RefusedGroup> refused = refusals(structure);
    if (ChannelGroup.of(structure).isEmpty()) {
      throw new PruningException(
          "no channels can be cut%s"
              .formatted(
                  refused.isEmpty() ? ": the model has no layers with weights" : reasons(refused)));
    }
    FilterScores scores = scores(structure, reconstruction);
    requireScores(structure, scores);
    Selection selection = Selection.of(structure, scores, counted, goal);
    selection
        .refused()
        .forEach((group, reason) ->
            refused.add(new PruningReport.RefusedGroup(group.layers(), channels(group), reason)));
    Cut cut = new Cut(structure, selection.removed());
    List<String> notes = notes(structure, inputs, before);
    List<LayerError> errors =
        reconstruction == null ? List.of() : reconstruction.fit(cut, ConstantAbsorption::add);
    if (reconstruction != null) {
      long losing =
          structure.contractions().stream()
              .filter(sum -> cut.isCut(sum.node().input(sum.input()), sum.axis()))
              .count();
      if (losing > errors.size()) {
        notes.add(
            "%d of %d layers that lose inputs are not fitted anew: their input cannot be measured, they have no place for a constant, or they share weights"
                .formatted(losing - errors.size(), losing));
      }
    }
    if (absorbing && reconstruction == null) {
      notes.addAll(ConstantAbsorption.apply(cut).notes());
    }
    Model masked = MaskedModel.of(cut);
    List<PruningReport.CutGroup> groups = new ArrayList<>();
    selection
        .kept()
        .forEach((group, kept) ->
            groups.add(
                new PruningReport.CutGroup(
                    group.layers(), channels(group), kept * group.channelsOfClass())));
    cut.apply();
    ConstantAbsorption.removeZeros(biased);
    GraphValidator.validate(work);
    Optional<MaskedEquivalence> equivalence =
        Optional.ofNullable(backend)
            .map(on ->
                MaskedEquivalence.check(masked, work, inputs, on, MaskedEquivalence.bound(masked)));
    ModelCost after = ModelCost.of(work, inputs.forCosts());
    return new PrunedModel(
        work,
        new PruningReport(
            criterion,
            goal,
            groups,
            refused,
            before,
            after,
            selection.threshold(),
            equivalence,
            errors,
            notes));
  }

  private FilterScores scores(Structure structure, @Nullable Reconstruction reconstruction) {
    if (!criterion.needsData()) {
      return FilterScores.of(structure, criterion);
    }
    if (reconstruction == null) {
      throw new PruningException(
          "%s ranks channels by what the layers behind make of them: give data, or rank by l1"
              .formatted(criterion.commandName()));
    }
    // Refuses weights that are not finite, by name.
    FilterScores.of(structure, Criterion.L1);
    Selector selector =
        switch (criterion) {
          case LASSO -> Selector.LASSO;
          case THINET -> Selector.THINET;
          default -> Selector.OBS;
        };
    return FilterScores.of(reconstruction.worths(structure, selector));
  }

  private Ranking ranking() {
    if (ranking != null) {
      return ranking;
    }
    return criterion == Criterion.SLIMMING ? Ranking.GLOBAL : Ranking.UNIFORM;
  }

  private static int channels(ChannelGroup group) {
    return group.classes().size() * group.channelsOfClass();
  }

  private void requireScores(Structure structure, FilterScores scores) {
    boolean any =
        ChannelGroup.of(structure).stream()
            .anyMatch(
                group -> group.classes().stream().allMatch(each -> scores.get(each).isPresent()));
    if (!any) {
      throw new PruningException(
          criterion == Criterion.SLIMMING
              ? "no channels that can be cut have a BatchNormalization scale; exporters fold it into the weights: export without folding, or rank by l1"
              : "the weights of all layers whose channels can be cut are computed by the graph; fold its constants first (quench optimize)");
    }
  }

  private List<String> notes(Structure structure, SettledInputs inputs, ModelCost cost) {
    List<String> notes = new ArrayList<>();
    List<String> unknown = structure.unknownOperators();
    if (!unknown.isEmpty()) {
      notes.add(
          "%d nodes have an operator that pruning does not know; all that they touch stays: %s%s"
              .formatted(
                  unknown.size(),
                  String.join(", ", unknown.subList(0, Math.min(MENTIONED, unknown.size()))),
                  unknown.size() > MENTIONED ? " and others" : ""));
    }
    if (!cost.uncounted().isEmpty()) {
      notes.add(
          "the cost of %d nodes is unknown and left out: %s%s"
              .formatted(
                  cost.uncounted().size(),
                  cost.uncounted().getFirst(),
                  cost.uncounted().size() > 1 ? " and others" : ""));
    }
    if (inputs.areAssumed()) {
      notes.add("costs are counted for inputs of " + inputs.shapes());
    }
    return notes;
  }

  /// Why channels of layers stay, by layer and reason.
  private static List<PruningReport.RefusedGroup> refusals(Structure structure) {
    Map<String, PruningReport.RefusedGroup> refused = new LinkedHashMap<>();
    for (LayerAxis layer : structure.layers()) {
      if (!structure.isTracked(layer.weights(), layer.axis())) {
        continue;
      }
      Map<String, Integer> reasons = new LinkedHashMap<>();
      for (int each : structure.classes(layer.weights(), layer.axis())) {
        structure.frozen(each).ifPresent(reason -> reasons.merge(reason, 1, Integer::sum));
      }
      reasons.forEach((reason, channels) ->
          refused.putIfAbsent(
              layer.name() + "\n" + reason,
              new PruningReport.RefusedGroup(List.of(layer.name()), channels, reason)));
    }
    return new ArrayList<>(refused.values());
  }

  private static String reasons(List<PruningReport.RefusedGroup> refused) {
    List<String> some = new ArrayList<>();
    for (PruningReport.RefusedGroup each :
        refused.subList(0, Math.min(MENTIONED, refused.size()))) {
      some.add("%s: %s".formatted(String.join(", ", each.layers()), each.reason()));
    }
    return ": " + String.join("; ", some) + (refused.size() > MENTIONED ? "; and others" : "");
  }
}
