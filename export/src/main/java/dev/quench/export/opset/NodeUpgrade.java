// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Upgrades single operators between opsets 7 and 22: mostly attributes that became inputs.
final class NodeUpgrade {
  private static final ValueLayout.OfShort LITTLE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private NodeUpgrade() {}

  /// @param node of ONNX's own domain, in a graph that still imports the old opset
  static void apply(Node node, int target) {
    long opset = node.opset();
    switch (node.opType()) {
      case "Slice" -> {
        if (opset < 10) {
          intsToInput(node, "starts", 1);
          intsToInput(node, "ends", 2);
          intsToInput(node, "axes", 3);
        }
      }
      case "TopK" -> {
        if (opset < 10) {
          requireValue(node, "k");
          setConstant(node, 1, "k", Tensor.vector(node.intAttribute("k", 1)));
        }
      }
      case "Pad" -> {
        if (opset < 11) {
          intsToInput(node, "pads", 1);
          floatToInput(node, "value", 2);
        }
      }
      case "Clip" -> {
        if (opset < 11) {
          floatToInput(node, "min", 1);
          floatToInput(node, "max", 2);
        }
      }
      case "Dropout" -> {
        if (opset < 12) {
          dropout(node);
        }
      }
      case "BatchNormalization" -> batchNormalization(node, opset, target);
      case "Squeeze", "Unsqueeze", "ReduceSum" -> {
        if (opset < 13) {
          intsToInput(node, "axes", 1);
        }
      }
      case "Split" -> {
        if (opset < 13) {
          intsToInput(node, "split", 1);
        }
        if (opset < 18 && target >= 18 && node.input(1).isAbsent()) {
          node.setAttribute("num_outputs", AttributeValue.of(node.outputs().size()));
        }
      }
      case "Softmax", "LogSoftmax", "Hardmax" -> {
        if (opset < 13) {
          SoftmaxUpgrade.apply(node);
        }
      }
      case "Upsample", "Resize" -> {
        if (opset < 11) {
          ResizeUpgrade.apply(node);
        }
      }
      case "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSumSquare" -> {
        if (opset < 18 && target >= 18) {
          intsToInput(node, "axes", 1);
        }
      }
      case "GridSample" -> {
        if (opset < 20 && target >= 20) {
          gridSample(node);
        }
      }
      case "DFT" -> {
        if (opset < 20 && target >= 20) {
          requireValue(node, "axis");
          setConstant(node, 2, "axis", Tensor.scalar(node.intAttribute("axis", 1)));
        }
      }
      case "GroupNormalization" -> {
        if (opset < 21 && target >= 21) {
          throw new UnsupportedOperatorException(
              node,
              "has scales by group, those of opset 21 are by channel; export the model with opset 21");
        }
      }
      case "Scatter" -> Replacement.of(node, "ScatterElements");
      case "Scan" -> {
        if (opset < 9) {
          throw new UnsupportedOperatorException(
              node, "Scan with a batch axis ended with opset 8; export the model again");
        }
      }
      case "RoiAlign" -> {
        if (opset < 16 && target >= 16) {
          node.setAttribute(
              "coordinate_transformation_mode", AttributeValue.of("output_half_pixel"));
        }
      }
      case "ATen",
          "Affine",
          "ConstantFill",
          "Crop",
          "DynamicSlice",
          "GRUUnit",
          "GivenTensorFill",
          "ImageScaler",
          "ParametricSoftplus",
          "Scale",
          "ScaledTanh" ->
          throw new UnsupportedOperatorException(
              node, "was experimental and is in no opset from 10 on; export the model again");
      default -> {
        // the newer version computes the same from the same node
      }
    }
  }

  /// Moves an attribute with a list of integers to an INT64 input; without the attribute the input
  /// stays absent.
  private static void intsToInput(Node node, String attribute, int index) {
    requireValue(node, attribute);
    node.intsAttribute(attribute)
        .ifPresent(values -> setConstant(node, index, attribute, Tensor.vector(values)));
  }

  /// Moves a float attribute to a scalar input of the type of input 0.
  private static void floatToInput(Node node, String attribute, int index) {
    requireValue(node, attribute);
    if (node.attribute(attribute).isPresent()) {
      float value = node.floatAttribute(attribute, 0);
      setConstant(node, index, attribute, scalar(node, attribute, value));
    }
  }

  private static Tensor scalar(Node node, String attribute, float value) {
    DataType type =
        node.input(0)
            .dataType()
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node,
                    "the element type of its input is unknown, so '%s' cannot become an input; give the graph inputs their types"
                        .formatted(attribute)));
    return switch (type) {
      case FLOAT -> Tensor.scalar(value);
      case DOUBLE -> Tensor.ofDoubles(Shape.SCALAR, value);
      case FLOAT16 -> {
        MemorySegment bytes = MemorySegment.ofArray(new byte[2]);
        bytes.set(LITTLE_SHORT, 0, Float.floatToFloat16(value));
        yield Tensor.of(DataType.FLOAT16, Shape.SCALAR, bytes);
      }
      default ->
          throw new UnsupportedOperatorException(
              node, type + " input; expected FLOAT, DOUBLE or FLOAT16");
    };
  }

  private static void gridSample(Node node) {
    requireValue(node, "mode");
    switch (node.textAttribute("mode", "bilinear")) {
      case "bilinear" -> node.setAttribute("mode", AttributeValue.of("linear"));
      case "bicubic" -> node.setAttribute("mode", AttributeValue.of("cubic"));
      default -> {
        // nearest kept its name
      }
    }
  }

  private static void dropout(Node node) {
    if (node.output(1).isPresent() && node.opset() < 10) {
      if (!node.output(1).isUnused()) {
        throw new UnsupportedOperatorException(
            node,
            "its mask, a float before opset 10 and a truth value since, is used; remove the use");
      }
      node.output(1).setType(null); // is inferred in the new opset
    }
    requireValue(node, "ratio");
    if (node.attribute("ratio").isPresent()) {
      setConstant(node, 1, "ratio", Tensor.scalar(node.floatAttribute("ratio", 0.5f)));
    }
  }

  private static void batchNormalization(Node node, long opset, int target) {
    if (opset < 9) {
      if (node.intAttribute("spatial", 1) != 1) {
        throw new UnsupportedOperatorException(
            node,
            "statistics for each position (spatial = 0) ended with opset 9; export the model again");
      }
      node.removeAttribute("spatial");
    }
    boolean trains = node.outputs().stream().skip(1).anyMatch(Value::isPresent);
    if (trains && opset < 14 && target >= 14) {
      throw new UnsupportedOperatorException(
          node, "is in training mode; export the model for inference");
    }
  }

  private static void requireValue(Node node, String attribute) {
    if (node.attribute(attribute).orElse(null) instanceof AttributeValue.Reference) {
      throw new UnsupportedOperatorException(
          node,
          "'%s' is an attribute of the function around it and cannot become an input; export the model without functions"
              .formatted(attribute));
    }
  }

  private static void setConstant(Node node, int index, String attribute, Tensor tensor) {
    String prefix = node.output(0).name() + "_" + attribute;
    node.setInput(index, node.graph().addConstant(prefix, tensor));
    node.removeAttribute(attribute);
  }
}
