// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.graph.Model;
import java.util.List;

/// A trained network and how it came about.
///
/// @param model the network with its new weights, in the form in which it was trained; binary
///   layers and quantized weights are brought into the form to be exported by
///   [TrainedModel.lower][dev.quench.compress.train.TrainedModel#lower]
/// @param epochs one report each
public record TrainingResult(Model model, List<EpochReport> epochs) {
  public TrainingResult {
    epochs = List.copyOf(epochs);
  }
}
