// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.AttributeValue.SparseTensorValue;
import dev.quench.graph.AttributeValue.SparseTensors;
import dev.quench.graph.AttributeValue.TensorValue;
import dev.quench.graph.AttributeValue.Tensors;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Merges nodes of a graph that compute the same result.
///
/// 1. `y = f(x…), z = f(x…)` with the same operator, inputs, attributes and pattern of outputs
///    (which distinguishes a `Split` into two from one into three) → readers of `z` read `y`.
/// 2. the same if `z` is a graph output and `y` is not → the first node writes `z` instead of `y`.
///
/// Unchanged: random operators, operators outside ONNX's own domain, nodes with nested graphs or
/// sparse attributes, results that are both graph outputs.
public final class EliminateCommonSubexpressions implements Rewrite {
  /// How many earlier equal nodes, which could not be merged, are tried as partners.
  private static final int MAX_PARTNERS = 8;

  /// Values are compared by identity, which is how [Value] defines equality.
  private record Key(
      String opType,
      String overload,
      List<Value> inputs,
      List<Boolean> presentOutputs,
      Map<String, Object> attributes) {}

  /// Compares tensors by content; [Tensor] itself compares by identity.
  private record TensorContent(Tensor tensor) {
    @Override
    public boolean equals(Object other) {
      return other instanceof TensorContent(Tensor that) && tensor.contentEquals(that);
    }

    @Override
    public int hashCode() {
      return tensor.contentHash();
    }
  }

  @Override
  public String name() {
    return "eliminate-common-subexpressions";
  }

  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    for (Graph graph : NestedGraphs.of(model)) {
      while (eliminate(graph)) {
        changed = true;
      }
    }
    return changed;
  }

  /// One sweep in execution order merges whole chains, because the inputs of later nodes are
  /// already merged. A second sweep finds more only after a graph output has replaced a value.
  private static boolean eliminate(Graph graph) {
    Map<Key, List<Node>> computed = new HashMap<>();
    boolean changed = false;
    for (Node node : List.copyOf(graph.nodes())) {
      if (!isComparable(node)) {
        continue;
      }
      List<Node> equals = computed.computeIfAbsent(key(node), _ -> new ArrayList<>());
      boolean merged = false;
      for (Node earlier : equals.subList(0, Math.min(equals.size(), MAX_PARTNERS))) {
        if (merge(earlier, node)) {
          merged = true;
          break;
        }
      }
      if (!merged) {
        equals.add(node);
      }
      changed |= merged;
    }
    return changed;
  }

  private static boolean isComparable(Node node) {
    return Determinism.isDeterministic(node)
        && !node.is("Constant")
        && node.attributes().values().stream()
            .noneMatch(v -> v instanceof SparseTensorValue || v instanceof SparseTensors);
  }

  private static Key key(Node node) {
    Map<String, Object> attributes = new HashMap<>();
    node.attributes()
        .forEach((name, value) ->
            attributes.put(
                name,
                switch (value) {
                  case TensorValue(Tensor tensor) -> new TensorContent(tensor);
                  case Tensors(List<Tensor> tensors) ->
                      tensors.stream().map(TensorContent::new).toList();
                  case AttributeValue plain -> plain;
                }));
    return new Key(
        node.opType(),
        node.overload(),
        List.copyOf(node.inputs()),
        node.outputs().stream().map(Value::isPresent).toList(),
        attributes);
  }

  private static boolean merge(Node earlier, Node later) {
    Graph graph = later.graph();
    for (int i = 0; i < later.outputs().size(); i++) {
      if (!canMerge(earlier.output(i), later.output(i))) {
        return false;
      }
    }
    for (int i = 0; i < later.outputs().size(); i++) {
      Value kept = earlier.output(i);
      Value given = later.output(i);
      if (given.isAbsent() || given.isUnused()) {
        continue;
      }
      if (given.isGraphOutput()) {
        graph.replaceUses(kept, given);
        graph.adoptOutput(earlier, i, given);
      } else {
        graph.replaceUses(given, kept);
        if (kept.type().isEmpty()) {
          kept.setType(given.type().orElse(null));
        }
      }
    }
    graph.remove(later);
    return true;
  }

  private static boolean canMerge(Value kept, Value given) {
    if (given.isAbsent() || given.isUnused()) {
      return true;
    }
    if (kept.isAbsent() || !kept.quantizationAnnotation().equals(given.quantizationAnnotation())) {
      return false;
    }
    return given.isGraphOutput()
        ? !kept.isGraphOutput() && Bypass.isVisibleToReaders(kept, given)
        : Bypass.isVisibleToReaders(given, kept);
  }
}
