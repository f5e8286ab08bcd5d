// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import java.util.List;

/// Removes nodes and initializers that no graph output depends on.
///
/// 1. a node without an output that is read or is a graph output → removed.
/// 2. an initializer that nothing reads and that is not a graph output → removed.
///
/// Unchanged: graph inputs and their defaults, initializers named in a quantization annotation,
/// nodes of foreign domains without any output (they may have side effects). Processes nested
/// graphs from the inside outwards, and the bodies of functions.
public final class EliminateDeadNodes implements Rewrite {
  @Override
  public String name() {
    return "eliminate-dead-nodes";
  }

  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    while (sweep(model.graph())) {
      changed = true;
    }
    for (Function function : model.functions()) {
      while (sweep(function.body())) {
        changed = true;
      }
    }
    return changed;
  }

  /// Sweeps a nested graph after the node that holds it has proved live and before the nodes that
  /// it may read from.
  private static boolean sweep(Graph graph) {
    boolean changed = false;
    for (Node node : List.copyOf(graph.nodes()).reversed()) {
      if (isDead(node)) {
        graph.remove(node);
        changed = true;
        continue;
      }
      for (Graph nested : node.nestedGraphs()) {
        changed |= sweep(nested);
      }
    }
    AnnotatedNames annotated = AnnotatedNames.of(graph);
    for (Value value : graph.initializers()) {
      if (value.isUnused() && !value.isGraphInput() && !annotated.contains(value)) {
        graph.removeInitializer(value);
        changed = true;
      }
    }
    return changed;
  }

  private static boolean isDead(Node node) {
    boolean declaresOutput = node.outputs().stream().anyMatch(Value::isPresent);
    return (declaresOutput || node.domain().isEmpty())
        && node.outputs().stream().allMatch(o -> o.isAbsent() || o.isUnused());
  }
}
