// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import java.util.List;

/// What was quantized, what stayed float, and why.
///
/// @param layers descriptions of the nodes that now read INT8, in graph order
/// @param activations tensors that got a quantizer, in graph order
/// @param leftFloat nodes that could have been quantized and were not
/// @param notes remarks on the whole model
public record QuantizationReport(
    List<String> layers,
    List<QuantizedActivation> activations,
    List<LeftFloat> leftFloat,
    List<String> notes) {
  /// @param scale as stored, greater than 0
  /// @param sharedWith names of the tensors that have the same scale because a `Concat` joins them
  public record QuantizedActivation(String tensor, double scale, List<String> sharedWith) {
    public QuantizedActivation {
      sharedWith = List.copyOf(sharedWith);
    }
  }

  /// @param node description, for example `Conv 'conv1'`
  /// @param reason one line
  public record LeftFloat(String node, String reason) {}

  public QuantizationReport {
    layers = List.copyOf(layers);
    activations = List.copyOf(activations);
    leftFloat = List.copyOf(leftFloat);
    notes = List.copyOf(notes);
  }

  /// Of a model that holds Q/DQ nodes or quantized operators already.
  public static QuantizationReport alreadyQuantized() {
    return new QuantizationReport(
        List.of(), List.of(), List.of(), List.of("the model is quantized already; left as it is"));
  }

  /// Whether the model was edited.
  public boolean changed() {
    return !activations.isEmpty();
  }
}
