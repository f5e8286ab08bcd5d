// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.Node;
import dev.quench.graph.NodeRules;
import java.util.List;

/// Holds nodes to the schema of their operator; operators without one pass. Thread-safe.
public final class SchemaRules implements NodeRules {
  @Override
  public List<String> problems(Node node) {
    return OpSchemas.find(node).map(schema -> schema.check(node)).orElse(List.of());
  }
}
