// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import java.util.List;

/// What training quantizes, and what not.
///
/// @param layers descriptions of the layers with quantized weights or inputs, in graph order
/// @param activations names of the quantized tensors
/// @param fused descriptions of the normalizations that training folds into their layer
/// @param leftFloat layers that stay float, with the reason
/// @param notes remarks on the whole model
public record PreparationReport(
    List<String> layers,
    List<String> activations,
    List<String> fused,
    List<LeftFloat> leftFloat,
    List<String> notes) {
  public PreparationReport {
    layers = List.copyOf(layers);
    activations = List.copyOf(activations);
    fused = List.copyOf(fused);
    leftFloat = List.copyOf(leftFloat);
    notes = List.copyOf(notes);
  }
}
