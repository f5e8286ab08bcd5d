// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.List;
import java.util.ServiceLoader;

/// What a node made from code must hold to. Found by [ServiceLoader], since the operators' schemas
/// build upon this package. Implementations are thread-safe.
public interface NodeRules {
  /// What is wrong with the inputs, outputs and attributes of `node`, one line a problem.
  List<String> problems(Node node);

  /// The problems that all rules find.
  static List<String> problemsOf(Node node) {
    return Found.RULES.stream().flatMap(rules -> rules.problems(node).stream()).toList();
  }

  /// The rules on the class path, looked up once.
  final class Found {
    private static final List<NodeRules> RULES =
        ServiceLoader.load(NodeRules.class, NodeRules.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();

    private Found() {}
  }
}
