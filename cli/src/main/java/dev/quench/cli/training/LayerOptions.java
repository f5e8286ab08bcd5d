// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.option.NamedNodes;
import dev.quench.cli.output.OptionGroup;
import dev.quench.compress.train.input.InputLayers;
import dev.quench.compress.train.input.InputStep;
import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// Which layers training changes, and how fast.
@OptionGroup("Layers")
public final class LayerOptions {
  @Option(
      names = "--freeze",
      paramLabel = "NODES",
      description =
          "Leave the parameters and statistics of these nodes as they are: a name with * and ?, regex:EXPRESSION or op:TYPE; may be repeated.")
  private List<String> frozen = new ArrayList<>();

  @Option(
      names = "--freeze-statistics",
      description =
          "Leave all running means and variances as they are; BatchNormalization then normalizes with them instead of the batch's.")
  private boolean statisticsFrozen;

  @Option(
      names = "--lr-scale",
      paramLabel = "NODES=F",
      description =
          "Factor on the learning rate of these nodes; may be repeated, the last one that matches counts.")
  private Map<String, Double> learningRates = new LinkedHashMap<>();

  @Option(
      names = "--keep-zeros",
      description =
          "Leave weights and scales that are 0 at 0, and the zero biases of channels that are all 0: fine-tunes a masked model.")
  private boolean zerosKept;

  @Option(
      names = "--input-layers",
      paramLabel = "L[,L...]",
      split = ",",
      description =
          "Preprocessing to fit on the training data and put in front of the network: gcn (global contrast), lcn (local contrast), zca (whitening); applied in this order, and part of the exported model.")
  private List<InputStep> inputSteps = new ArrayList<>();

  /// @throws IllegalArgumentException if a pattern or factor is invalid
  public ParameterRules rules() {
    return new ParameterRules(
        new FrozenParameters(
            frozen.isEmpty() ? NodeSelection.NONE : NodeSelection.of(frozen), statisticsFrozen),
        learningRates,
        zerosKept);
  }

  /// Puts the layers of `--input-layers` in front.
  ///
  /// @throws dev.quench.cli.output.CommandException if a pattern matches no node
  public void prepare(Model model, Dataset training) throws IOException {
    if (!inputSteps.isEmpty()) {
      InputLayers.prepend(model, inputSteps, training);
    }
    requireNames(model);
  }

  /// Checks the patterns again once normalizations are folded into their layers.
  ///
  /// @throws dev.quench.cli.output.CommandException if a pattern matches no node
  public void requireNames(Model model) {
    frozen.forEach(pattern -> NamedNodes.require("--freeze", pattern, model));
    learningRates.keySet().forEach(pattern -> NamedNodes.require("--lr-scale", pattern, model));
  }
}
