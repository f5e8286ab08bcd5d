// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Conditions of TensorRT's parser on operators that it imports in principle.
final class TensorRtRestrictions {
  private static final int MAX_K = 3840;
  private static final int NO_REDUCTION_AXES_INPUT_BEFORE = 18;
  private static final Set<String> COORDINATES =
      Set.of(
          "half_pixel",
          "pytorch_half_pixel",
          "tf_half_pixel_for_nn",
          "asymmetric",
          "align_corners");
  private static final Set<String> ROUNDINGS =
      Set.of("floor", "ceil", "round_prefer_floor", "round_prefer_ceil");

  /// Receives what is wrong with the node.
  @FunctionalInterface
  interface Report {
    void refuse(String reason, String remedy);
  }

  private final Node node;
  private final Report report;

  private TensorRtRestrictions(Node node, Report report) {
    this.node = node;
    this.report = report;
  }

  static void check(Node node, Report report) {
    new TensorRtRestrictions(node, report).check();
  }

  private void check() {
    switch (node.opType()) {
      case "QuantizeLinear", "DequantizeLinear" -> quantization();
      case "AveragePool", "MaxPool" -> pooling();
      case "LpPool" -> undilated();
      case "Constant" -> constant();
      case "EyeLike" -> {
        if (node.input(0).shape().isPresent() && !node.input(0).shape().get().isStatic()) {
          report.refuse(
              "its shape %s is not static".formatted(node.input(0).shape().get()),
              "fix the input dimensions");
        }
      }
      case "Hardmax" -> hardmax();
      case "OneHot" -> constantInput(1, "depth");
      case "CumSum" -> constantInput(1, "axis");
      case "Squeeze", "Unsqueeze" -> constantInput(1, "axes");
      case "ReduceSum" -> constantInput(1, "axes");
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
          constantInput(1, "axes");
        }
      }
      case "Dropout" -> dropout();
      case "LayerNormalization" -> onlyFirstOutput();
      case "TopK" -> topK();
      case "DeformConv" -> deformConv();
      case "GridSample" -> {
        Optional<Shape> shape = node.input(0).shape();
        if (shape.isPresent() && shape.get().rank() != 4) {
          report.refuse(
              "its input has rank %d, expected 4".formatted(shape.get().rank()),
              "sample images, not volumes");
        }
      }
      case "ScatterND" ->
          attributeMustBe("reduction", Set.of("none"), "none", "apply the reduction beforehand");
      case "If" -> branches();
      case "Loop" -> loop();
      case "GRU", "LSTM", "RNN" -> recurrent();
      case "Resize", "Upsample" -> resize();
      case "STFT" -> {
        constantInput(1, "frame step");
        constantInput(2, "window");
      }
      case "Attention" -> attention();
      case "TensorScatter" -> {
        if (node.intAttribute("axis", -2) != -2) {
          report.refuse("axis is not -2", "scatter along the last axis but one");
        }
      }
      default -> {
        // nothing beyond the table
      }
    }
  }

  private void quantization() {
    constantInput(1, "scale");
    node.input(1)
        .constant()
        .ifPresent(scale -> {
          if (Arrays.stream(scale.toDoubles()).anyMatch(s -> !(s > 0) || Double.isInfinite(s))) {
            report.refuse(
                "a scale is not positive and finite", "calibrate again; ranges must not be empty");
          }
        });
    Value zeroPoint = node.input(2);
    if (zeroPoint.isPresent()) {
      constantInput(2, "zero point");
      zeroPoint.constant().ifPresent(this::zeroPoint);
    }
    if (node.is("QuantizeLinear")) {
      DataType type = node.output(0).dataType().orElse(null);
      DataType quantized =
          type == null && zeroPoint.isAbsent() && node.attribute("output_dtype").isEmpty()
              ? DataType.UINT8
              : type;
      if (quantized != null
          && quantized != DataType.INT8
          && quantized != DataType.FLOAT8E4M3FN
          && quantized != DataType.FLOAT4E2M1
          && quantized != DataType.INT4) {
        report.refuse(
            "quantizes to %s, expected INT8, FLOAT8E4M3FN, FLOAT4E2M1 or INT4".formatted(quantized),
            "quantize symmetrically to INT8 with zero point 0");
      }
    }
  }

  private void zeroPoint(Tensor zeroPoint) {
    for (long i = 0; i < zeroPoint.elements(); i++) {
      if (zeroPoint.doubleAt(i) != 0) {
        report.refuse(
            "its zero point is not 0", "quantize symmetrically to INT8 with zero point 0");
        return;
      }
    }
  }

  private void pooling() {
    Optional<Shape> shape = node.input(0).shape();
    // For pooling over one dimension the parser adds another.
    if (shape.isPresent() && (shape.get().rank() < 3 || shape.get().rank() > 5)) {
      report.refuse(
          "pools over %d spatial dimensions, expected 1 to 3".formatted(shape.get().rank() - 2),
          "pool over fewer dimensions at a time");
    }
    undilated();
    if (node.is("MaxPool") && node.output(1).isPresent()) {
      report.refuse("its output Indices is used", "compute without the indices");
    }
  }

  private void undilated() {
    node.intsAttribute("dilations")
        .filter(dilations -> Arrays.stream(dilations).anyMatch(d -> d != 1))
        .ifPresent(dilations ->
            report.refuse(
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
      report.refuse("holds a sparse tensor or strings", "make it a dense tensor of numbers");
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
      report.refuse(
          "the length of axis %d of %s is not known".formatted(axis, shape.get()),
          "fix that input dimension");
    }
  }

  private void dropout() {
    Value training = node.input(2);
    if (training.isPresent()
        && !training.constant().map(tensor -> tensor.longAt(0) == 0).orElse(false)) {
      report.refuse("training_mode is not a constant false", "export the model for inference");
    }
  }

  private void onlyFirstOutput() {
    if (node.outputs().stream().skip(1).anyMatch(Value::isPresent)) {
      report.refuse("outputs other than the first are used", "compute without the statistics");
    }
  }

  private void topK() {
    if (node.intAttribute("sorted", 1) != 1) {
      report.refuse("sorted is 0, expected 1", "set sorted to 1");
    }
    node.input(1)
        .constant()
        .filter(k -> k.elements() == 1 && k.longAt(0) >= MAX_K)
        .ifPresent(k ->
            report.refuse(
                "K is %d, expected less than %d".formatted(k.longAt(0), MAX_K),
                "ask for fewer elements"));
  }

  private void deformConv() {
    Optional<Shape> shape = node.input(0).shape();
    if (shape.isPresent() && shape.get().rank() != 3 && shape.get().rank() != 4) {
      report.refuse(
          "has %d spatial dimensions, expected 1 or 2".formatted(shape.get().rank() - 2),
          "use a convolution over an image");
    }
    node.intsAttribute("pads")
        .ifPresent(pads -> {
          int half = pads.length / 2;
          if (!Arrays.equals(pads, 0, half, pads, half, pads.length)) {
            report.refuse(
                "pads are %s, expected the same at both ends".formatted(Arrays.toString(pads)),
                "put a Pad before it");
          }
        });
  }

  private void branches() {
    List<Graph> branches = node.nestedGraphs();
    if (branches.size() != 2) {
      return;
    }
    List<Value> yes = branches.get(0).outputs();
    List<Value> no = branches.get(1).outputs();
    Set<String> names = new HashSet<>();
    yes.forEach(output -> names.add(output.name()));
    for (int i = 0; i < Math.min(yes.size(), no.size()); i++) {
      if (names.contains(no.get(i).name())) {
        report.refuse(
            "both branches have an output named '%s'".formatted(no.get(i).name()),
            "give the branches' outputs different names");
      }
      Optional<Integer> yesRank = yes.get(i).shape().map(Shape::rank);
      Optional<Integer> noRank = no.get(i).shape().map(Shape::rank);
      if (yesRank.isPresent() && noRank.isPresent() && !yesRank.equals(noRank)) {
        report.refuse(
            "output %d has rank %d in one branch and %d in the other"
                .formatted(i, yesRank.get(), noRank.get()),
            "give both branches outputs of equal rank");
      }
    }
  }

  private void loop() {
    List<Graph> bodies = node.nestedGraphs();
    if (bodies.size() != 1) {
      return;
    }
    List<Value> inputs = bodies.getFirst().inputs();
    List<Value> outputs = bodies.getFirst().outputs();
    int carried = inputs.size() - 2;
    boolean scans = outputs.size() > 1 + carried;
    Value count = node.input(0);
    if (scans && (count.isAbsent() || count.constant().isEmpty())) {
      report.refuse(
          "collects outputs over a number of steps that is not constant",
          "give the loop a constant trip count");
    }
    for (int i = 0; i < carried && i + 1 < outputs.size(); i++) {
      Optional<Shape> before = inputs.get(i + 2).shape();
      Optional<Shape> after = outputs.get(i + 1).shape();
      if (before.isPresent()
          && after.isPresent()
          && before.get().isStatic()
          && after.get().isStatic()
          && !before.get().equals(after.get())) {
        report.refuse(
            "the carried value '%s' changes its shape from %s to %s"
                .formatted(inputs.get(i + 2).name(), before.get(), after.get()),
            "carry values of constant shape");
      }
    }
  }

  private void recurrent() {
    if (node.textAttribute("direction", "forward").equals("bidirectional")
        && node.attribute("activations").orElse(null) instanceof AttributeValue.Texts texts) {
      List<ByteString> activations = texts.values();
      int half = activations.size() / 2;
      if (!activations.subList(0, half).equals(activations.subList(half, activations.size()))) {
        report.refuse(
            "its two directions have different activations %s".formatted(activations),
            "use the same activations in both directions");
      }
    }
    if (node.is("LSTM")) {
      if (node.intAttribute("input_forget", 0) != 0) {
        report.refuse("input_forget is not 0", "export the model with separate gates");
      }
      if (node.intAttribute("layout", 0) != 0) {
        report.refuse("layout is not 0", "put Transpose around it and use layout 0");
      }
    }
  }

  private void resize() {
    attributeMustBe(
        "mode",
        Set.of("nearest", "linear", "cubic"),
        "nearest",
        "resize with nearest, linear or cubic");
    attributeMustBe(
        "coordinate_transformation_mode", COORDINATES, "half_pixel", "choose one of these");
    attributeMustBe("nearest_mode", ROUNDINGS, "round_prefer_floor", "choose one of these");
    attributeMustBe(
        "keep_aspect_ratio_policy", Set.of("stretch"), "stretch", "give each axis its size");
    if (node.intAttribute("antialias", 0) != 0) {
      report.refuse("antialias is not 0", "resize without antialiasing");
    }
    if (node.input(2).isPresent() && partialAxes()) {
      report.refuse(
          "axes are %s together with scales, expected all of them in order"
              .formatted(Arrays.toString(node.intsAttribute("axes").orElseThrow())),
          "give a scale for each axis");
    }
  }

  private boolean partialAxes() {
    long[] axes = node.intsAttribute("axes").orElse(null);
    Optional<Shape> shape = node.input(0).shape();
    if (axes == null || shape.isEmpty()) {
      return false;
    }
    boolean all = axes.length == shape.get().rank();
    for (int i = 0; i < axes.length; i++) {
      all &= axes[i] == i;
    }
    return !all;
  }

  private void attention() {
    for (int i = 0; i < 4; i++) {
      Optional<Shape> shape = node.input(i).shape();
      if (shape.isPresent() && shape.get().rank() != 4) {
        report.refuse(
            "its input %d has rank %d, expected 4".formatted(i, shape.get().rank()),
            "split the heads with Reshape and Transpose");
      }
    }
    boolean caches =
        node.inputs().stream().skip(4).anyMatch(Value::isPresent)
            || node.outputs().stream().skip(1).anyMatch(Value::isPresent);
    if (caches) {
      report.refuse("keeps keys and values from call to call", "export it without a cache");
    }
    if (node.floatAttribute("softcap", 0) != 0) {
      report.refuse("softcap is not 0", "export it without softcap");
    }
  }

  private void attributeMustBe(
      String attribute, Set<String> allowed, String whenAbsent, String remedy) {
    String value = node.textAttribute(attribute, whenAbsent);
    if (!allowed.contains(value)) {
      report.refuse(
          "%s is '%s', expected %s".formatted(attribute, value, String.join(", ", sorted(allowed))),
          remedy);
    }
  }

  private void constantInput(int index, String role) {
    Value input = node.input(index);
    if (input.isPresent() && input.constant().isEmpty()) {
      report.refuse(
          "its %s '%s' is computed, expected a constant".formatted(role, input.name()),
          "fold constants, or make it an initializer");
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }
}
