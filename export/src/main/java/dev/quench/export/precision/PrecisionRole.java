// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.export.opset.Replacement;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// What a node means for the choice of element types.
enum PrecisionRole {
  /// Computes in the one type of its data inputs and outputs.
  LAYER,

  /// Outputs a constant, in any type.
  CONSTANT,

  /// `DequantizeLinear`: outputs the type of its scale.
  DEQUANTIZE,

  /// `QuantizeLinear`: takes any type, with a scale of that type.
  QUANTIZE,

  /// A `Cast` between FLOAT and the reduced type in the original model.
  BRIDGE,

  /// Takes FLOAT or the reduced type and outputs neither: `Shape`, a `Cast` to integers.
  READER,

  /// Unknown, with nested graphs, or without FLOAT data: stays unchanged.
  LEFT_ALONE;

  static final int SEPARATE_STATISTICS = 15;

  static PrecisionRole of(Node node, DataType reduced) {
    if (!node.domain().isEmpty() || !node.nestedGraphs().isEmpty()) {
      return LEFT_ALONE;
    }
    return switch (node.opType()) {
      case "Constant" -> node.output(0).constant().isPresent() ? CONSTANT : LEFT_ALONE;
      case "DequantizeLinear" ->
          node.input(1).constant().isPresent() && isFloat(node.output(0)) ? DEQUANTIZE : LEFT_ALONE;
      case "QuantizeLinear" ->
          node.input(1).constant().isPresent() && isFloat(node.input(0)) ? QUANTIZE : LEFT_ALONE;
      case "Shape", "Size" -> READER;
      case "Cast" -> cast(node, reduced);
      // A seed gives different numbers in another type; sizes and indices stay.
      case "CastLike",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike",
          "BlackmanWindow",
          "HammingWindow",
          "HannWindow",
          "EyeLike",
          "Range" ->
          LEFT_ALONE;
      default -> hasFloatData(node) ? LAYER : LEFT_ALONE;
    };
  }

  private static PrecisionRole cast(Node node, DataType reduced) {
    DataType from = node.input(0).dataType().orElse(null);
    DataType to = DataType.fromOnnxCode((int) node.intAttribute("to", 0)).orElse(null);
    if (from == DataType.FLOAT) {
      return to == reduced ? BRIDGE : to == DataType.FLOAT ? LAYER : READER;
    }
    if (to == DataType.FLOAT) {
      return from == reduced ? BRIDGE : from == DataType.BOOL ? LAYER : LEFT_ALONE;
    }
    return LEFT_ALONE;
  }

  private static boolean hasFloatData(Node node) {
    for (int i = 0; i < node.inputs().size(); i++) {
      if (isData(node, i) && isFloat(node.input(i))) {
        return true;
      }
    }
    return node.outputs().stream().anyMatch(PrecisionRole::isFloat);
  }

  /// Whether input `index` has the type that the node computes in; scales of `Resize`, the ratio of
  /// `Dropout` and the like do not.
  static boolean isData(Node node, int index) {
    return switch (node.opType()) {
      case "Resize", "Upsample", "Dropout" -> index == 0;
      case "OneHot" -> index == 2;
      // Since that opset its statistics have a separate type, and stay FLOAT.
      case "BatchNormalization" -> index == 0 || node.opset() < SEPARATE_STATISTICS;
      default -> true;
    };
  }

  /// Whether output `index` has the type that the node computes in; statistics do not.
  static boolean isDataOutput(Node node, int index) {
    return switch (node.opType()) {
      case "BatchNormalization", "LayerNormalization" -> index == 0;
      default -> true;
    };
  }

  static boolean isFloat(Value value) {
    return value.isPresent() && value.dataType().orElse(null) == DataType.FLOAT;
  }

  /// Updates the attribute by which a node states its type.
  static void retype(Node node, DataType reduced) {
    switch (node.opType()) {
      case "Cast" -> {
        if (node.input(0).dataType().orElse(null) == reduced) {
          node.removeAttribute("to");
          node.removeAttribute("saturate");
          Replacement.of(node, "Identity");
        } else {
          node.setAttribute("to", AttributeValue.of(reduced.onnxCode()));
        }
      }
      case "ConstantOfShape" -> {
        AttributeValue value =
            node.attribute("value").orElse(AttributeValue.of(Tensor.ofFloats(Shape.of(1), 0)));
        if (value instanceof AttributeValue.TensorValue(var tensor)) {
          node.setAttribute(
              "value", AttributeValue.of(HalfTensors.convert(tensor, reduced).tensor()));
        }
      }
      default -> {
        // the type follows from the inputs
      }
    }
  }
}
