// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.QuenchException;
import dev.quench.graph.Function;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.BackendException;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Keeps tensors without elements from operators whose kernels in ONNX Runtime 1.29 end the process
/// on them. Sizes that depend on the data are not known before the run and not looked at.
///
/// @param model in the form ONNX Runtime is given; not changed
record EmptyTensors(Model model) {
  private static final Set<String> ENDING_OPERATORS =
      Set.of("LpNormalization", "ReduceLogSumExp", "ReduceLogSum", "LpPool", "GlobalLpPool");

  /// @return empty if the model has none of these operators
  static Optional<EmptyTensors> of(Model model) {
    List<Node> all = new ArrayList<>(model.graph().allNodes());
    for (Function function : model.functions()) {
      all.addAll(function.body().allNodes());
    }
    return all.stream().anyMatch(EmptyTensors::endsProcess)
        ? Optional.of(new EmptyTensors(model))
        : Optional.empty();
  }

  private static boolean endsProcess(Node node) {
    return node.domain().isEmpty() && ENDING_OPERATORS.contains(node.opType());
  }

  /// @throws BackendException if one of these operators reads a tensor that is empty by the
  ///   declared shapes
  void checkDeclared() {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    check(typed, false);
  }

  /// @throws BackendException if one of these operators may read an empty tensor for these inputs
  void checkFed(Map<String, Tensor> fed) {
    if (fed.values().stream().allMatch(tensor -> tensor.elements() > 0)) {
      return;
    }
    if (!model.functions().isEmpty()) {
      throw new BackendException(
          OnnxRuntimeBackend.NAME
              + ": an input is empty, which functions of the model may not stand");
    }
    Map<String, Shape> shapes = new LinkedHashMap<>();
    fed.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    Model typed = model.copy();
    try {
      ShapeInference.withInputShapes(typed, shapes);
    } catch (QuenchException e) {
      throw new BackendException(
          "%s: the inputs do not fit the model: %s"
              .formatted(OnnxRuntimeBackend.NAME, e.getMessage()),
          e);
    }
    check(typed, true);
  }

  private static void check(Model typed, boolean unknownIsEmpty) {
    for (Node node : typed.graph().allNodes()) {
      if (endsProcess(node) && isEmpty(node.input(0), unknownIsEmpty)) {
        throw new BackendException(
            "%s: %s would read a tensor without elements, which ends the process"
                .formatted(OnnxRuntimeBackend.NAME, node.describe()));
      }
    }
  }

  private static boolean isEmpty(Value value, boolean unknownIsEmpty) {
    Optional<Shape> shape = value.shape();
    if (shape.isEmpty()) {
      return unknownIsEmpty;
    }
    return shape.get().dims().contains(Dim.of(0)) || (unknownIsEmpty && !shape.get().isStatic());
  }
}
