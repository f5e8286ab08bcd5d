// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import java.util.ArrayList;
import java.util.List;

/// Lists the main graph of a model and all graphs nested in it, innermost first; excludes the
/// bodies of functions.
final class NestedGraphs {
  private NestedGraphs() {}

  static List<Graph> of(Model model) {
    List<Graph> graphs = new ArrayList<>();
    collect(model.graph(), graphs);
    return graphs;
  }

  private static void collect(Graph graph, List<Graph> graphs) {
    for (Node node : graph.nodes()) {
      for (Graph nested : node.nestedGraphs()) {
        collect(nested, graphs);
      }
    }
    graphs.add(graph);
  }
}
