// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.run.QuantizationRanges;

/// Prepares a trained float network for fine-tuning as an INT8 network.
///
/// Quantizes the same nodes as [InsertQdq], but keeps weights in float before a `QuantizeLinear`,
/// so that they can be trained. Activations use the calibrated ranges, weights the per-channel
/// ranges from before fine-tuning. [TrainedModel#lower] converts the weights to INT8.
public final class QuantizationAwareTraining {
  private QuantizationAwareTraining() {}

  /// Inserts `QuantizeLinear` and `DequantizeLinear`.
  ///
  /// @param model edited; must be fused, without a BatchNormalization after a layer
  /// @param ranges of the activations, from calibration
  /// @param options the setting of INT8 weights is ignored
  /// @return the quantized nodes and the others, with the reason
  public static QuantizationReport prepare(
      Model model, QuantizationRanges ranges, QdqOptions options) {
    return new InsertQdq(ranges, options.withWeightsAsInt8(false)).apply(model);
  }
}
