// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.op.OpSchemas;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// One check of a model against what a release of TensorRT imports; for one thread.
final class TensorRtCheck {
  private static final TensorRtOperators OPERATORS = TensorRtOperators.load();
  private static final int MAX_RANK = 8;
  private static final Set<DataType> INTERFACE_TYPES =
      Set.of(
          DataType.FLOAT,
          DataType.DOUBLE,
          DataType.FLOAT16,
          DataType.BFLOAT16,
          DataType.INT32,
          DataType.INT64,
          DataType.UINT8,
          DataType.BOOL);

  private final Model model;
  private final TensorRtRelease release;
  private final Set<String> functions = new HashSet<>();
  private final List<Refusal> refusals = new ArrayList<>();

  private TensorRtCheck(Model model, TensorRtRelease release) {
    this.model = model;
    this.release = release;
    for (Function function : model.functions()) {
      functions.add(function.domain() + "." + function.name());
    }
  }

  static List<Refusal> run(Model model, TensorRtRelease release) {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    TensorRtCheck check = new TensorRtCheck(typed, release);
    check.checkAll();
    return List.copyOf(check.refusals);
  }

  private void checkAll() {
    long opset = model.opset();
    if (opset != 0 && (opset < release.oldestOpset() || opset > release.newestOpset())) {
      refusals.add(
          new Refusal(
              "model",
              "uses ONNX opset %d, %s imports %d to %d"
                  .formatted(opset, release.label(), release.oldestOpset(), release.newestOpset()),
              opset < release.oldestOpset()
                  ? "raise the opset to 13 or more"
                  : "export the model with an older opset"));
    }
    for (Value input : model.graph().requiredInputs()) {
      checkInput(input);
    }
    model.graph().allNodes().forEach(this::checkNode);
    for (Function function : model.functions()) {
      function.body().allNodes().forEach(this::checkNode);
    }
  }

  private void checkInput(Value input) {
    input
        .dataType()
        .filter(type -> !INTERFACE_TYPES.contains(type))
        .ifPresent(type ->
            refusals.add(
                new Refusal(
                    "graph input '" + input.name() + "'",
                    "has type " + type + "; expected " + names(INTERFACE_TYPES),
                    "feed a supported type and convert it outside the model")));
  }

  private void checkNode(Node node) {
    if (!node.domain().isEmpty()) {
      if (!functions.contains(node.domain() + "." + node.opType())) {
        refuse(
            node,
            "the domain '%s' is not that of ONNX".formatted(node.domain()),
            node.domain().equals("dev.quench")
                ? "export the portable form of the model"
                : "replace the node by ONNX operators, or load a TensorRT plug-in that implements it");
      }
      return;
    }
    Set<DataType> types = OPERATORS.find(node.opType()).orElse(null);
    if (types == null && functions.contains("." + node.opType())) {
      return;
    }
    if (types == null || types.isEmpty()) {
      refuse(
          node,
          types == null
              ? release.label() + "'s operator matrix does not have it"
              : release.label() + " does not import this operator",
          remedy(node.opType()));
      return;
    }
    checkTypes(node, types);
    checkRanks(node);
    // These rules assume the form of the schema, which shape inference has checked.
    if (OpSchemas.find(node).isPresent()) {
      TensorRtRestrictions.check(node, (reason, remedy) -> refuse(node, reason, remedy));
    }
  }

  /// Quantized weights and zero points, which belong to Q/DQ, may be `Constant` nodes.
  private static boolean isQuantizedConstant(Node node) {
    return node.is("Constant")
        && node.output(0).uses().stream()
            .allMatch(use -> use.node().is("QuantizeLinear") || use.node().is("DequantizeLinear"));
  }

  private void checkTypes(Node node, Set<DataType> types) {
    if (isQuantizedConstant(node)) {
      return;
    }
    for (Value value : DataOperands.of(node)) {
      if (value.dataType().isEmpty()) {
        continue;
      }
      DataType type = value.dataType().get();
      // TensorRT computes DOUBLE as FLOAT.
      if (!types.contains(type == DataType.DOUBLE ? DataType.FLOAT : type)) {
        refuse(
            node,
            "'%s' is %s, expected %s in %s"
                .formatted(value.name(), type, names(types), release.label()),
            typeRemedy(node, type));
        return;
      }
    }
  }

  private void checkRanks(Node node) {
    for (Value value : node.outputs()) {
      if (value.shape().isPresent() && value.shape().get().rank() > MAX_RANK) {
        refuse(
            node,
            "its output '%s' has %d dimensions, TensorRT tensors have at most %d"
                .formatted(value.name(), value.shape().get().rank(), MAX_RANK),
            "merge dimensions with Reshape");
      }
    }
  }

  private void refuse(Node node, String reason, String remedy) {
    Graph graph = node.graph();
    String place =
        graph.parent().isPresent() ? node.describe() + " in graph '" + graph.name() + "'" : "";
    refusals.add(new Refusal(place.isEmpty() ? node.describe() : place, reason, remedy));
  }

  private static String remedy(String opType) {
    return switch (opType) {
      case "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger" ->
          "quantize the float model with QuantizeLinear and DequantizeLinear instead";
      case "DynamicQuantizeLinear" ->
          "calibrate the model and quantize it with fixed scales instead";
      case "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor" ->
          "keep weights unpacked: TensorRT has no bit operations";
      default -> "replace it by other operators, or run the model in ONNX Runtime";
    };
  }

  private static String typeRemedy(Node node, DataType type) {
    if (node.is("DequantizeLinear")) {
      return "quantize symmetrically to INT8 with zero point 0";
    }
    return switch (type) {
      case INT8, UINT8, INT4, UINT4 ->
          "put DequantizeLinear before it, or Cast for an image that is fed as UINT8";
      default -> "insert a Cast";
    };
  }

  private static String names(Set<DataType> types) {
    return types.stream().sorted().map(DataType::name).collect(Collectors.joining(", "));
  }
}
