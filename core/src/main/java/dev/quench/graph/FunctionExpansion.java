// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.graph.AttributeValue.Reference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Instantiates the bodies of model-local functions for single calls. Depth and total size are
/// bounded, so functions that call each other often or endlessly stay cheap; calls beyond the
/// bounds are not expanded.
public final class FunctionExpansion {
  private static final int MAX_DEPTH = 32;
  private static final long MAX_NODES = 200_000;

  private record Key(String domain, String name, String overload) {}

  private final Map<Key, Function> functions = new HashMap<>();
  private int depth;
  private long nodes;

  public FunctionExpansion(List<Function> functions) {
    for (Function function : functions) {
      this.functions.put(
          new Key(function.domain(), function.name(), function.overload()), function);
    }
  }

  /// A copy of the body that `call` stands for, its attribute references replaced. Every one is to
  /// be followed by [#leave].
  ///
  /// @return empty if the node calls no function or the bounds are reached
  public Optional<Graph> instantiate(Node call) {
    Function function = functions.get(key(call));
    if (function == null || depth == MAX_DEPTH || nodes > MAX_NODES) {
      return Optional.empty();
    }
    Graph body = GraphCopier.copy(function.body());
    List<Node> all = body.allNodes();
    depth++;
    nodes += all.size() + 1;
    for (Node node : all) {
      for (Map.Entry<String, AttributeValue> attribute :
          List.copyOf(node.attributes().entrySet())) {
        if (attribute.getValue() instanceof Reference(String name, int _)) {
          bind(node, attribute.getKey(), argument(function, call, name));
        }
      }
    }
    return Optional.of(body);
  }

  /// Whether the node calls one of the functions, within the bounds or not.
  public boolean isCall(Node node) {
    return functions.containsKey(key(node));
  }

  private static Key key(Node node) {
    return new Key(node.domain(), node.opType(), node.overload());
  }

  public void leave() {
    depth--;
  }

  private static @Nullable AttributeValue argument(Function function, Node call, String name) {
    return call.attribute(name).orElse(function.attributeDefaults().get(name));
  }

  private static void bind(Node node, String attribute, @Nullable AttributeValue value) {
    if (value == null) {
      node.removeAttribute(attribute);
    } else {
      node.setAttribute(attribute, value);
    }
  }
}
