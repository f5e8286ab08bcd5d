// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import java.util.ArrayList;
import java.util.List;

/// The main graph of a model and all that are nested in it, innermost first; bodies of functions
/// are not among them.
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
