// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.op.OpSchemas;
import dev.quench.graph.shape.Admission;
import dev.quench.run.BackendException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/// A model in the form that ONNX Runtime receives: validated and adapted.
///
/// - Omitted outputs of variadic operators, and of BatchNormalization in training mode, get names:
///   ONNX Runtime 1.29 crashes the process where one has none (microsoft/onnxruntime issue 18601).
/// - Omitted trailing inputs are dropped: reductions of empty tensors would read them.
/// - Functions without callers are dropped, since nothing has validated them.
/// - Tapped tensors become outputs, the only way to read inner ones.
final class RuntimeModel {
  private static final String OMITTED = "quench_omitted";

  private record FunctionName(String domain, String name, String overload) {}

  private RuntimeModel() {}

  /// @param model not changed
  /// @throws BackendException if the model must not reach native code, naming the node
  /// @throws IllegalArgumentException if the main graph lacks a tap
  static Model of(Model model, Set<String> taps) {
    Model copy = model.copy();
    addTaps(copy.graph(), taps);
    Set<FunctionName> called = called(copy);
    copy.functions().removeIf(function -> !called.contains(name(function)));
    settleOmitted(copy.graph());
    copy.functions().forEach(function -> settleOmitted(function.body()));
    try {
      Admission.require(copy, RuntimeOperators::has);
    } catch (ModelFormatException e) {
      throw new BackendException(
          OnnxRuntimeBackend.NAME + " cannot run the model: " + e.getMessage(), e);
    }
    copy.graph().allNodes().forEach(FatalConstants::check);
    copy.functions().forEach(function -> function.body().allNodes().forEach(FatalConstants::check));
    return copy;
  }

  private static void addTaps(Graph graph, Set<String> taps) {
    for (String tap : taps) {
      Value value =
          graph
              .value(tap)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "the model's main graph has no value '%s' to tap".formatted(tap)));
      if (value.producer().isPresent() && !value.isOutputOfItsGraph()) {
        graph.addOutput(value);
      }
    }
  }

  private static void settleOmitted(Graph graph) {
    for (Node node : graph.allNodes()) {
      int inputs = node.inputs().size();
      while (inputs > 0 && node.input(inputs - 1).isAbsent()) {
        inputs--;
      }
      node.truncateInputs(inputs);
      if (!needsAllOutputs(node)) {
        continue;
      }
      for (int i = 0; i < node.outputs().size(); i++) {
        if (node.output(i).isAbsent()) {
          node.graph().nameOutput(node, i, OMITTED);
        }
      }
    }
  }

  private static boolean needsAllOutputs(Node node) {
    return node.is("BatchNormalization")
        || OpSchemas.find(node)
            .filter(schema -> schema.maxOutputs() == Integer.MAX_VALUE)
            .isPresent();
  }

  private static Set<FunctionName> called(Model model) {
    Set<FunctionName> called = new HashSet<>();
    Queue<Graph> callers = new ArrayDeque<>();
    callers.add(model.graph());
    while (!callers.isEmpty()) {
      Set<FunctionName> calls = new HashSet<>();
      for (Node node : callers.remove().allNodes()) {
        calls.add(new FunctionName(node.domain(), node.opType(), node.overload()));
      }
      for (Function function : model.functions()) {
        if (calls.contains(name(function)) && called.add(name(function))) {
          callers.add(function.body());
        }
      }
    }
    return called;
  }

  private static FunctionName name(Function function) {
    return new FunctionName(function.domain(), function.name(), function.overload());
  }
}
