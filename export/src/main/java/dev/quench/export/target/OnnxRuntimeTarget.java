// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.SessionOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// ONNX Runtime on the CPU, tested by loading: opens the model without optimization and, if that is
/// refused, tries each node alone.
public record OnnxRuntimeTarget() implements ExportTarget {
  private static final String REMEDY =
      "replace it by other operators or types, or choose another target";
  private static final SessionOptions OPTIONS =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public List<Refusal> refusals(Model model) {
    Backend backend = new OnnxRuntimeBackend();
    if (backend.availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      return List.of(new Refusal("model", "cannot be tested: " + reason, remedy));
    }
    Optional<String> refusal = refusal(backend, model);
    if (refusal.isEmpty()) {
      return List.of();
    }
    List<Refusal> byNode = refusedNodes(backend, model);
    return byNode.isEmpty()
        ? List.of(new Refusal("model", refusal.get(), REMEDY))
        : List.copyOf(byNode);
  }

  private static Optional<String> refusal(Backend backend, Model model) {
    try {
      backend.open(model, OPTIONS).close();
      return Optional.empty();
    } catch (BackendException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static List<Refusal> refusedNodes(Backend backend, Model model) {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    Map<String, Optional<String>> tried = new HashMap<>();
    List<Refusal> refusals = new ArrayList<>();
    for (Node node : typed.graph().allNodes()) {
      if (!node.nestedGraphs().isEmpty() || isFunction(typed, node)) {
        continue;
      }
      Model alone = alone(typed, node);
      if (alone != null) {
        tried
            .computeIfAbsent(signature(node), _ -> refusal(backend, alone))
            .ifPresent(reason -> refusals.add(new Refusal(node.describe(), reason, REMEDY)));
      }
    }
    return refusals;
  }

  private static boolean isFunction(Model model, Node node) {
    return model.functions().stream()
        .anyMatch(each -> each.domain().equals(node.domain()) && each.name().equals(node.opType()));
  }

  /// Everything about a node that decides whether it has a kernel.
  private static String signature(Node node) {
    StringBuilder text = new StringBuilder(node.domain() + "." + node.opType());
    node.inputs().forEach(input -> text.append(' ').append(input.type().orElse(null)));
    node.outputs().forEach(output -> text.append(output.isPresent() ? " out" : " none"));
    node.attributes().forEach((name, value) -> text.append(' ').append(name).append(value));
    return text.toString();
  }

  /// A model of only this node; null if the type of an input is unknown.
  private static @Nullable Model alone(Model model, Node node) {
    Graph graph = new Graph("alone", model.opsets());
    IdentityHashMap<Value, Value> copies = new IdentityHashMap<>();
    NodeBuilder builder =
        NodeBuilder.of(node.opType()).unchecked().domain(node.domain()).name(node.name());
    for (Value input : node.inputs()) {
      if (input.isPresent() && input.type().isEmpty()) {
        return null;
      }
      builder.inputs(
          input.isAbsent() ? Value.ABSENT : copies.computeIfAbsent(input, v -> copy(graph, v)));
    }
    node.attributes().forEach(builder::attribute);
    node.outputs().forEach(output -> builder.output(output.name(), output.type().orElse(null)));
    graph.append(builder).outputs().stream().filter(Value::isPresent).forEach(graph::addOutput);
    return new Model(graph, model.irVersion());
  }

  private static Value copy(Graph graph, Value value) {
    return value
        .constant()
        .map(constant -> graph.addInitializer(value.name(), constant))
        .orElseGet(() -> graph.addInput(value.name(), value.type().orElseThrow()));
  }
}
