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
import org.jspecify.annotations.Nullable;

/// Checks before a run what could not be checked on the model: shapes of inputs declared without
/// one, and tensors without elements for operators whose kernels in ONNX Runtime 1.29 crash the
/// process on them. Sizes that depend on the data are unknown before the run and not checked.
/// Thread-safe.
final class FedShapes {
  /// Operators that crash the process, found by feeding each operator every form of empty tensor.
  private static final Set<String> ENDING_OPERATORS =
      Set.of(
          "DFT",
          "GRU",
          "InstanceNormalization",
          "LpNormalization",
          "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceSumSquare",
          "TopK",
          "Unique");

  private final Model model;
  private final boolean ending;

  /// The shapes that passed the last check.
  private volatile @Nullable Map<String, Shape> right;

  private FedShapes(Model model, boolean ending) {
    this.model = model;
    this.ending = ending;
  }

  /// @param model in the form ONNX Runtime is given; not changed
  /// @return empty if nothing is left to check
  /// @throws BackendException if an operator reads a tensor that is empty by the declared shapes
  static Optional<FedShapes> of(Model model) {
    List<Node> all = new ArrayList<>(model.graph().allNodes());
    for (Function function : model.functions()) {
      all.addAll(function.body().allNodes());
    }
    boolean ending = all.stream().anyMatch(FedShapes::endsProcess);
    boolean unranked =
        model.graph().requiredInputs().stream()
            .anyMatch(input -> input.dataType().isPresent() && input.shape().isEmpty());
    if (ending) {
      Model typed = model.copy();
      ShapeInference.infer(typed);
      check(typed, false);
    }
    return ending || unranked ? Optional.of(new FedShapes(model, ending)) : Optional.empty();
  }

  private static boolean endsProcess(Node node) {
    return node.domain().isEmpty() && ENDING_OPERATORS.contains(node.opType());
  }

  /// @throws BackendException if the model does not take the shapes of these inputs
  void check(Map<String, Tensor> fed) {
    if (wereRight(fed)) {
      return;
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
    boolean empty = fed.values().stream().anyMatch(tensor -> tensor.elements() == 0);
    if (ending && empty && !model.functions().isEmpty()) {
      throw new BackendException(
          OnnxRuntimeBackend.NAME
              + ": an input has no elements, which functions of the model may not support");
    }
    check(typed, empty);
    right = shapes;
  }

  private boolean wereRight(Map<String, Tensor> fed) {
    Map<String, Shape> former = right;
    if (former == null || former.size() != fed.size()) {
      return false;
    }
    for (Map.Entry<String, Tensor> input : fed.entrySet()) {
      if (!input.getValue().shape().equals(former.get(input.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static void check(Model typed, boolean unknownMayBeEmpty) {
    for (Node node : typed.graph().allNodes()) {
      if (endsProcess(node) && isEmpty(node.input(0), unknownMayBeEmpty)) {
        throw new BackendException(
            "%s: %s would read a tensor without elements, which crashes the process"
                .formatted(OnnxRuntimeBackend.NAME, node.describe()));
      }
    }
  }

  private static boolean isEmpty(Value value, boolean unknownMayBeEmpty) {
    Optional<Shape> shape = value.shape();
    if (shape.isEmpty()) {
      return unknownMayBeEmpty;
    }
    return shape.get().dims().contains(Dim.of(0)) || (unknownMayBeEmpty && !shape.get().isStatic());
  }
}
