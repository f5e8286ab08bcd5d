// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.operator.OperatorRules;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A copy of a model whose channels are about to be cut: what goes together, and what it costs.
///
/// @param biased layers of the copy that got a bias of zeros
/// @param counted cost of the copy
/// @param before cost of the original
record PruningInput(
    Structure structure,
    List<Node> biased,
    SettledInputs inputs,
    ModelCost counted,
    ModelCost before) {
  private static final int MENTIONED = 3;

  /// @param biases whether layers without a bias get one
  /// @throws PruningException if no channels can be cut, with the reasons
  static PruningInput of(Model model, Map<String, Shape> inputShapes, boolean biases) {
    Model work = model.copy();
    List<Node> biased = biases ? ConstantAbsorption.addBiases(work) : List.of();
    Structure structure = Structure.of(work, OperatorRules::of);
    SettledInputs inputs = SettledInputs.of(work, inputShapes);
    PruningInput input =
        new PruningInput(
            structure,
            biased,
            inputs,
            ModelCost.of(work, inputs.forCosts()),
            ModelCost.of(model, inputs.forCosts()));
    if (ChannelGroup.of(structure).isEmpty()) {
      List<PruningReport.RefusedGroup> refused = input.refusals();
      throw new PruningException(
          "no channels can be cut%s"
              .formatted(
                  refused.isEmpty() ? ": the model has no layers with weights" : reasons(refused)));
    }
    return input;
  }

  Model model() {
    return structure.model();
  }

  /// What is assumed or left out.
  List<String> notes() {
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
    if (!before.uncounted().isEmpty()) {
      notes.add(
          "the cost of %d nodes is unknown and left out: %s%s"
              .formatted(
                  before.uncounted().size(),
                  before.uncounted().getFirst(),
                  before.uncounted().size() > 1 ? " and others" : ""));
    }
    if (inputs.areAssumed()) {
      notes.add("costs are counted for inputs of " + inputs.shapes());
    }
    return notes;
  }

  /// Why channels of layers stay, by layer and reason.
  List<PruningReport.RefusedGroup> refusals() {
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
