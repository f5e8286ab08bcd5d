// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.graph.Model;
import java.util.List;

/// A trained network and the reports of its training.
///
/// @param model the network with its new weights, in its training form;
///   [TrainedModel.lower][dev.quench.compress.train.TrainedModel#lower] converts binary layers and
///   quantized weights to the exported form
/// @param epochs reports of all epochs, in order
/// @param keptEpoch the epoch after which the network had these weights, from 1
public record TrainingResult(Model model, List<EpochReport> epochs, int keptEpoch) {
  public TrainingResult {
    epochs = List.copyOf(epochs);
  }
}
