// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.reconstruct.LayerError;
import dev.quench.compress.prune.reconstruct.Reconstruction;
import dev.quench.compress.prune.reconstruct.RepeatedFit;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.FilterScores;
import dev.quench.compress.prune.select.Goal;
import dev.quench.compress.prune.select.Limits;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.compress.prune.select.Selection;
import dev.quench.compress.prune.select.WeightGradients;
import dev.quench.compress.prune.select.WidthSelection;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.MaskedModel;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
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
  /// Batches of samples that layers are fitted to while widths are searched.
  private static final int SEARCHED_BATCHES = 8;

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
  private @Nullable List<Integer> kept;
  private @Nullable WeightGradients gradients;

  private Pruning(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static Pruning of(Model model) {
    return new Pruning(model);
  }

  /// What channels are worth; L1 unless set. [Criterion#ISTA] takes no ratio.
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

  /// What [Criterion#TAYLOR] ranks by.
  public Pruning gradients(WeightGradients chosen) {
    gradients = chosen;
    return this;
  }

  /// How much of each group stays, in place of a ratio.
  ///
  /// @param widths in the measure and the order of [PruningSpace#groups]
  public Pruning keep(List<Integer> widths) {
    kept = List.copyOf(widths);
    return this;
  }

  /// The widths that these settings allow, to search among.
  ///
  /// @param mostWidths of a group, 2 or more: the first, the last, and others evenly between
  /// @throws PruningException as [#run] does
  public PruningSpace space(int mostWidths) {
    Reconstruction reconstruction = reconstruction();
    boolean biases = absorbing || reconstruction != null;
    PruningInput input = PruningInput.of(model, inputShapes, biases);
    FilterScores scores = GroupScores.of(input.structure(), criterion, reconstruction, gradients);
    Optional<RepeatedFit> fit =
        Optional.ofNullable(reconstruction).map(each -> each.repeated(SEARCHED_BATCHES));
    return new PruningSpace(
        model, input, scores, limits, inputShapes, absorbing, biases, fit, mostWidths);
  }

  private @Nullable Reconstruction reconstruction() {
    return fitting == null ? null : new Reconstruction(fitting, model, samples);
  }

  /// Prunes.
  ///
  /// @return a new model
  /// @throws PruningException if the ratio cannot be met, with what can; if nothing can be cut, or
  ///   weights are not finite; or if the result does not pass its check
  public PrunedModel run() {
    Reconstruction reconstruction = reconstruction();
    boolean byRatio = kept == null && criterion != Criterion.ISTA;
    Optional<Goal> goal =
        byRatio ? Optional.of(new Goal(budget, ratio, ranking(), limits)) : Optional.empty();
    PruningInput input = PruningInput.of(model, inputShapes, absorbing || reconstruction != null);
    Structure structure = input.structure();
    FilterScores scores = GroupScores.of(structure, criterion, reconstruction, gradients);
    Selection selection =
        goal.isPresent()
            ? Selection.of(structure, scores, input.counted(), goal.get())
            : WidthSelection.of(
                structure,
                scores,
                limits,
                kept != null ? kept : WidthSelection.withoutZeros(structure, scores, limits));
    List<PruningReport.RefusedGroup> refused = input.refusals();
    selection
        .refused()
        .forEach((group, reason) ->
            refused.add(new PruningReport.RefusedGroup(group.layers(), channels(group), reason)));
    Cut cut = new Cut(structure, selection.removed());
    List<String> notes = input.notes();
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
    ConstantAbsorption.removeZeros(input.biased());
    Model work = input.model();
    GraphValidator.validate(work);
    Optional<MaskedEquivalence> equivalence =
        Optional.ofNullable(backend)
            .map(on ->
                MaskedEquivalence.check(
                    masked, work, input.inputs(), on, MaskedEquivalence.bound(masked)));
    ModelCost after = ModelCost.of(work, input.inputs().forCosts());
    return new PrunedModel(
        work,
        new PruningReport(
            criterion,
            goal,
            groups,
            refused,
            input.before(),
            after,
            selection.threshold(),
            equivalence,
            errors,
            notes));
  }

  private Ranking ranking() {
    if (ranking != null) {
      return ranking;
    }
    return criterion.ranksScales() ? Ranking.GLOBAL : Ranking.UNIFORM;
  }

  private static int channels(ChannelGroup group) {
    return group.classes().size() * group.channelsOfClass();
  }
}
