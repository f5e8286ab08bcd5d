// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import java.util.Optional;
import java.util.OptionalInt;

/// A layer and the BatchNormalization that alone reads its output, which training can fold into it.
///
/// @param axis of the output channels in the weights
record NormalizedLayer(Node layer, Node normalization, int axis) {
  /// The normalization behind a layer, or why it cannot be folded.
  ///
  /// @param reason empty where there is none behind it
  record Search(Optional<NormalizedLayer> found, Optional<String> reason) {
    private static Search not(String reason) {
      return new Search(Optional.empty(), Optional.of(reason));
    }
  }

  static Search behind(Node layer) {
    Value output = layer.output(0);
    Node reader = output.uses().isEmpty() ? null : output.uses().getFirst().node();
    if (reader == null
        || output.uses().stream().noneMatch(use -> use.node().is("BatchNormalization"))) {
      return new Search(Optional.empty(), Optional.empty());
    }
    if (!output.hasSingleUse()) {
      return Search.not("others read its sums before the normalization");
    }
    if (reader.outputs().stream().skip(1).anyMatch(Value::isPresent)
        || reader.intAttribute("training_mode", 0) != 0) {
      return Search.not("its normalization is of the training form");
    }
    OptionalInt axis =
        WeightLayout.of(layer).map(WeightLayout::outputAxis).orElse(OptionalInt.empty());
    if (layer.is("MatMul") || axis.isEmpty()) {
      return Search.not("no axis of its weights counts the channels of the normalization");
    }
    if (layer.is("Gemm")
        && (layer.floatAttribute("alpha", 1) != 1
            || layer.floatAttribute("beta", 1) != 1
            || layer.input(2).shape().filter(shape -> shape.rank() != 1).isPresent())) {
      return Search.not("its Gemm scales its product or its addend");
    }
    long channels = layer.input(1).constant().orElseThrow().shape().size(axis.getAsInt());
    for (int i = 1; i <= 4; i++) {
      if (reader
          .input(i)
          .constant()
          .filter(tensor -> tensor.dataType() == DataType.FLOAT && tensor.elements() == channels)
          .isEmpty()) {
        return Search.not("a parameter of its normalization is not constant");
      }
    }
    return new Search(
        Optional.of(new NormalizedLayer(layer, reader, axis.getAsInt())), Optional.empty());
  }
}
