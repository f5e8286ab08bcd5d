// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.reconstruct.RepeatedFit;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.select.CostTerm;
import dev.quench.compress.prune.select.FilterScores;
import dev.quench.compress.prune.select.Limits;
import dev.quench.compress.prune.select.WidthChoice;
import dev.quench.compress.prune.select.WidthCosts;
import dev.quench.compress.prune.select.WidthSelection;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import dev.quench.digest.Sha256;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How many channels of each group of a model may stay, what each choice costs, and the models of
/// these widths. The worth of channels is found once.
///
/// A width counts classes: what goes together, one or several channels. Not thread-safe.
public final class PruningSpace {
  /// Channels that one number says the width of.
  ///
  /// @param layers that have them in common
  /// @param channelsOfClass channels of the layer named first that one class holds
  /// @param channels of that layer before
  /// @param widths how many classes may stay, in descending order
  public record Group(
      List<String> layers, int channelsOfClass, int channels, List<Integer> widths) {
    public Group {
      layers = List.copyOf(layers);
      widths = List.copyOf(widths);
    }

    /// The layers' names.
    public String name() {
      return String.join(", ", layers);
    }
  }

  /// Nodes that a backend is likely to run as one kernel.
  ///
  /// @param name of the node that it is built around
  /// @param nodes places in the order of the graph's nodes, the same in every model of the space
  /// @param groups whose widths its tensors depend on, ascending
  public record Part(String name, List<Integer> nodes, List<Integer> groups) {
    public Part {
      nodes = List.copyOf(nodes);
      groups = List.copyOf(groups);
    }
  }

  private final Model model;
  private final PruningInput input;
  private final Limits limits;
  private final Map<String, Shape> inputShapes;
  private final boolean absorbing;
  private final boolean biases;
  private final Optional<RepeatedFit> fit;
  private final List<WidthChoice> choices;
  private final Map<Integer, Double> worths = new HashMap<>();
  private final List<Group> groups;

  /// @param biases whether layers of the input without a bias got one, so that classes of its
  ///   structure are those of every model of these widths
  PruningSpace(
      Model model,
      PruningInput input,
      FilterScores scores,
      Limits limits,
      Map<String, Shape> inputShapes,
      boolean absorbing,
      boolean biases,
      Optional<RepeatedFit> fit,
      int mostWidths) {
    this.model = model;
    this.input = input;
    this.limits = limits;
    this.inputShapes = Map.copyOf(inputShapes);
    this.absorbing = absorbing;
    this.biases = biases;
    this.fit = fit;
    Map<ChannelGroup, String> refused = new LinkedHashMap<>();
    this.choices =
        WidthSelection.choices(input.structure(), scores, limits, refused).stream()
            .map(choice -> choice.thinned(mostWidths))
            .toList();
    if (choices.isEmpty()) {
      Map.Entry<ChannelGroup, String> first = refused.entrySet().iterator().next();
      throw new PruningException(
          "no group of channels has a choice of widths: %s: %s"
              .formatted(String.join(", ", first.getKey().layers()), first.getValue()));
    }
    for (WidthChoice choice : choices) {
      for (int each : choice.group().classes()) {
        worths.put(each, scores.get(each).orElseThrow());
      }
    }
    this.groups =
        choices.stream()
            .map(choice ->
                new Group(
                    choice.group().layers(),
                    choice.group().channelsOfClass(),
                    choice.group().classes().size() * choice.group().channelsOfClass(),
                    choice.counts()))
            .toList();
  }

  /// In the order of their first layers.
  public List<Group> groups() {
    return groups;
  }

  /// SHA-256, in hex, of what the widths mean: the groups, the order in which their channels go,
  /// and what is done for the layers behind.
  public String digest() {
    StringBuilder text = new StringBuilder(groups.toString());
    for (WidthChoice choice : choices) {
      text.append(
          choice.group().classes().stream()
              .sorted(Comparator.comparingDouble(each -> worths.getOrDefault(each, 0.0)))
              .toList());
    }
    text.append(absorbing).append(fit.isPresent());
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// The original.
  public Model original() {
    return model;
  }

  /// A cost as a sum of parts that depend on the widths of a few groups each.
  public List<CostTerm> terms(Budget budget) {
    return WidthCosts.terms(
        input.structure(),
        budget,
        input.counted(),
        choices.stream().map(WidthChoice::group).toList());
  }

  /// The parts that depend on widths, in an order in which they can run.
  public List<Part> parts() {
    return WidthParts.of(input, choices.stream().map(WidthChoice::group).toList());
  }

  /// The layer that a group is named after, for each group.
  public List<LayerSize> layerSizes() {
    return choices.stream()
        .map(choice ->
            LayerSize.of(
                choice.group().multiplicities().keySet().iterator().next(),
                input.model(),
                input.counted()))
        .toList();
  }

  /// The model of these widths, before fine-tuning: without the channels of least worth, the layers
  /// behind fitted to the samples where there are any, else with what the channels gave on average
  /// absorbed if the settings say so. A draft: [Pruning#run] fits to all samples, judges what it
  /// fits, and checks the result against the original.
  ///
  /// @param widths of all groups
  /// @throws PruningException if a tensor would lose all of its channels
  public Model cut(List<Integer> widths) {
    PruningInput fresh = PruningInput.of(model, inputShapes, biases);
    Structure structure = fresh.structure();
    FilterScores scores = FilterScores.of(worths);
    Cut cut = new Cut(structure, WidthSelection.of(structure, scores, limits, widths).removed());
    if (fit.isPresent()) {
      fit.get().fit(cut, ConstantAbsorption::add);
    } else if (absorbing) {
      ConstantAbsorption.apply(cut);
    }
    cut.apply();
    ConstantAbsorption.removeZeros(fresh.biased());
    GraphValidator.validate(fresh.model());
    return fresh.model();
  }

  /// The multiply-accumulates and bytes of a model of this space.
  public ModelCost cost(Model pruned) {
    return ModelCost.of(pruned, input.inputs().forCosts());
  }
}
