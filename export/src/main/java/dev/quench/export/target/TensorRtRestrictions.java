// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Conditions of TensorRT's parser on operators that it imports in principle.
final class TensorRtRestrictions {
  private static final int MAX_K = 3840;
  private static final int NO_REDUCTION_AXES_INPUT_BEFORE = 18;

  private final Node node;
  private final RestrictedNode checked;

  private TensorRtRestrictions(RestrictedNode checked) {
    this.node = checked.node();
    this.checked = checked;
  }

  static void check(Node node, RestrictedNode.Report report) {
    new TensorRtRestrictions(new RestrictedNode(node, report)).check();
  }

  private void check() {
    switch (node.opType()) {
      case "QuantizeLinear", "DequantizeLinear" -> QuantizationRestrictions.check(checked);
      case "AveragePool", "MaxPool" -> pooling();
      case "LpPool" -> undilated();
      case "Constant" -> constant();
      case "EyeLike" -> {
        if (node.input(0).shape().isPresent() && !node.input(0).shape().get().isStatic()) {
          checked.refuse(
              "its shape %s is not static".formatted(node.input(0).shape().get()),
              "fix the input dimensions");
        }
      }
      case "Hardmax" -> hardmax();
      case "OneHot" -> checked.requireConstant(1, "depth");
      case "CumSum" -> checked.requireConstant(1, "axis");
      case "Squeeze", "Unsqueeze" -> checked.requireConstant(1, "axes");
      case "ReduceSum" -> checked.requireConstant(1, "axes");
      case "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSumSquare" -> {
        if (node.opset() >= NO_REDUCTION_AXES_INPUT_BEFORE) {
          checked.requireConstant(1, "axes");
        }
      }
      case "Dropout" -> dropout();
      case "LayerNormalization" -> onlyFirstOutput();
      case "TopK" -> topK();
      case "DeformConv" -> deformConv();
      case "GridSample" -> {
        Optional<Shape> shape = node.input(0).shape();
        if (shape.isPresent() && shape.get().rank() != 4) {
          checked.refuse(
              "its input has rank %d, expected 4".formatted(shape.get().rank()),
              "sample images, not volumes");
        }
      }
      case "ScatterND" ->
          checked.requireAttribute(
              "reduction", Set.of("none"), "none", "apply the reduction beforehand");
      case "If" -> ControlFlowRestrictions.checkIf(checked);
      case "Loop" -> ControlFlowRestrictions.checkLoop(checked);
      case "GRU", "LSTM", "RNN" -> recurrent();
      case "Resize", "Upsample" -> ResizeRestrictions.check(checked);
      case "STFT" -> {
        checked.requireConstant(1, "frame step");
        checked.requireConstant(2, "window");
      }
      case "Attention" -> attention();
      case "TensorScatter" -> {
        if (node.intAttribute("axis", -2) != -2) {
          checked.refuse("axis is not -2", "scatter along the last axis but one");
        }
      }
      default -> {
        // nothing beyond the table
      }
    }
  }

  private void pooling() {
    Optional<Shape> shape = node.input(0).shape();
    // For pooling over one dimension the parser adds another.
    if (shape.isPresent() && (shape.get().rank() < 3 || shape.get().rank() > 5)) {
      checked.refuse(
          "pools over %d spatial dimensions, expected 1 to 3".formatted(shape.get().rank() - 2),
          "pool over fewer dimensions at a time");
    }
    undilated();
    if (node.is("MaxPool") && node.output(1).isPresent()) {
      checked.refuse("its output Indices is used", "compute without the indices");
    }
  }

  private void undilated() {
    node.intsAttribute("dilations")
        .filter(dilations -> Arrays.stream(dilations).anyMatch(d -> d != 1))
        .ifPresent(dilations ->
            checked.refuse(
                "dilations are %s, expected 1".formatted(Arrays.toString(dilations)),
                "pool without dilation"));
  }

  private void constant() {
    boolean refused =
        node.attributes().values().stream()
            .anyMatch(value ->
                value instanceof AttributeValue.SparseTensorValue
                    || value instanceof AttributeValue.TextValue
                    || value instanceof AttributeValue.Texts
                    || (value instanceof AttributeValue.TensorValue(Tensor tensor)
                        && tensor.dataType() == DataType.STRING));
    if (refused) {
      checked.refuse("holds a sparse tensor or strings", "make it a dense tensor of numbers");
    }
  }

  private void hardmax() {
    Optional<Shape> shape = node.input(0).shape();
    if (shape.isEmpty()) {
      return;
    }
    int rank = shape.get().rank();
    long axis = node.intAttribute("axis", node.opset() >= 13 ? -1 : 1);
    long index = axis < 0 ? axis + rank : axis;
    if (index >= 0 && index < rank && !(shape.get().dims().get((int) index) instanceof Dim.Fixed)) {
      checked.refuse(
          "the length of axis %d of %s is not known".formatted(axis, shape.get()),
          "fix that input dimension");
    }
  }

  private void dropout() {
    Value training = node.input(2);
    if (training.isPresent()
        && !training.constant().map(tensor -> tensor.longAt(0) == 0).orElse(false)) {
      checked.refuse("training_mode is not a constant false", "export the model for inference");
    }
  }

  private void onlyFirstOutput() {
    if (node.outputs().stream().skip(1).anyMatch(Value::isPresent)) {
      checked.refuse("outputs other than the first are used", "compute without the statistics");
    }
  }

  private void topK() {
    if (node.intAttribute("sorted", 1) != 1) {
      checked.refuse("sorted is 0, expected 1", "set sorted to 1");
    }
    node.input(1)
        .constant()
        .filter(k -> k.elements() == 1 && k.longAt(0) >= MAX_K)
        .ifPresent(k ->
            checked.refuse(
                "K is %d, expected less than %d".formatted(k.longAt(0), MAX_K),
                "ask for fewer elements"));
  }

  private void deformConv() {
    Optional<Shape> shape = node.input(0).shape();
    if (shape.isPresent() && shape.get().rank() != 3 && shape.get().rank() != 4) {
      checked.refuse(
          "has %d spatial dimensions, expected 1 or 2".formatted(shape.get().rank() - 2),
          "use a convolution over an image");
    }
    node.intsAttribute("pads")
        .ifPresent(pads -> {
          int half = pads.length / 2;
          if (!Arrays.equals(pads, 0, half, pads, half, pads.length)) {
            checked.refuse(
                "pads are %s, expected the same at both ends".formatted(Arrays.toString(pads)),
                "put a Pad before it");
          }
        });
  }

  private void recurrent() {
    if (node.textAttribute("direction", "forward").equals("bidirectional")
        && node.attribute("activations").orElse(null) instanceof AttributeValue.Texts texts) {
      List<ByteString> activations = texts.values();
      int half = activations.size() / 2;
      if (!activations.subList(0, half).equals(activations.subList(half, activations.size()))) {
        checked.refuse(
            "its two directions have different activations %s".formatted(activations),
            "use the same activations in both directions");
      }
    }
    if (node.is("LSTM")) {
      if (node.intAttribute("input_forget", 0) != 0) {
        checked.refuse("input_forget is not 0", "export the model with separate gates");
      }
      if (node.intAttribute("layout", 0) != 0) {
        checked.refuse("layout is not 0", "put Transpose around it and use layout 0");
      }
    }
  }

  private void attention() {
    for (int i = 0; i < 4; i++) {
      Optional<Shape> shape = node.input(i).shape();
      if (shape.isPresent() && shape.get().rank() != 4) {
        checked.refuse(
            "its input %d has rank %d, expected 4".formatted(i, shape.get().rank()),
            "split the heads with Reshape and Transpose");
      }
    }
    boolean caches =
        node.inputs().stream().skip(4).anyMatch(Value::isPresent)
            || node.outputs().stream().skip(1).anyMatch(Value::isPresent);
    if (caches) {
      checked.refuse("keeps keys and values from call to call", "export it without a cache");
    }
    if (node.floatAttribute("softcap", 0) != 0) {
      checked.refuse("softcap is not 0", "export it without softcap");
    }
  }
}
