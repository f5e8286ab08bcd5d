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

/// Computes once what several nodes of a graph compute alike.
///
/// 1. `y = f(x…), z = f(x…)` with the same operator, inputs, attributes and pattern of outputs
///    (which tells a `Split` in two from one in three) → readers of `z` read `y`.
/// 2. the same where `z` is a graph output and `y` is not → the first node writes `z` instead of
///    `y`.
///
/// Stays: random operators, other domains than ONNX's own, nodes with nested graphs or sparse
/// attributes, results that are both graph outputs.
public final class EliminateCommonSubexpressions implements Rewrite {
  /// Equal nodes that had to stay apart, among which a partner is looked for.
  private static final int MAX_PARTNERS = 8;

  /// Values are compared by identity, which is how [Value] defines equality.
  private record Key(
      String opType,
      String overload,
      List<Value> inputs,
      List<Boolean> presentOutputs,
      Map<String, Object> attributes) {}

  /// Equality by content, which [Tensor] itself does not have.
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

  /// One sweep in execution order settles chains, for inputs of later nodes are already merged when
  /// they are looked up; only where a graph output took over does a second sweep find more.
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
