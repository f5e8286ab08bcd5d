// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.run.QuantizationRanges;

/// Prepares a trained float network to be fine-tuned as the INT8 network it is to become.
///
/// The nodes that quantize are those of [InsertQdq], except that weights stay float in front of a
/// `QuantizeLinear`, so that they can be trained; activations are quantized by the calibrated
/// ranges, weights per channel by the range they have before fine-tuning. [TrainedModel#lower]
/// makes the weights INT8.
public final class QuantizationAwareTraining {
  private QuantizationAwareTraining() {}

  /// Inserts `QuantizeLinear` and `DequantizeLinear`.
  ///
  /// @param model edited; fused before, so that no BatchNormalization is left behind a layer
  /// @param ranges of the activations, from calibration
  /// @param options whether weights become INT8 at once is not looked at
  /// @return what is quantized and what not, and why
  public static QuantizationReport prepare(
      Model model, QuantizationRanges ranges, QdqOptions options) {
    return new InsertQdq(ranges, options.withWeightsAsInt8(false)).apply(model);
  }
}
