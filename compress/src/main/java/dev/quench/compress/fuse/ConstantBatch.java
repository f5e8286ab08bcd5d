// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Computes nodes that read only constants, many in one session, because opening a session costs
/// more than running most such nodes.
final class ConstantBatch {
  /// Limit on the results of one session; the first node may exceed it.
  static final long MAX_BYTES = 64L << 20;

  static final int MAX_NODES = 256;

  private static final SessionOptions EXACT =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  private final Backend backend;
  private final Map<Node, Tensor> results = new HashMap<>();

  private ConstantBatch(Backend backend) {
    this.backend = backend;
  }

  /// @param nodes with one output each, with the opsets of one graph; no node reads the output of
  ///   another
  /// @return results of the nodes that the backend runs; if it refuses a batch, bisection finds the
  ///   nodes that it runs
  static Map<Node, Tensor> compute(List<Node> nodes, Backend backend) {
    ConstantBatch batch = new ConstantBatch(backend);
    batch.compute(nodes);
    return batch.results;
  }

  private void compute(List<Node> nodes) {
    if (nodes.isEmpty()) {
      return;
    }
    Model model = model(nodes);
    try (Session session = backend.open(model, EXACT)) {
      Map<String, Tensor> computed = session.run(Map.of());
      for (int i = 0; i < nodes.size(); i++) {
        Tensor result = computed.get(result(i));
        if (result != null) {
          results.put(nodes.get(i), result);
        }
      }
    } catch (BackendException _) {
      // A node that the backend does not run stays in the graph; the others are folded.
      if (nodes.size() > 1) {
        int half = nodes.size() / 2;
        compute(nodes.subList(0, half));
        compute(nodes.subList(half, nodes.size()));
      }
    }
  }

  /// Builds a model of independent `nodes`; shared constants occur once.
  static Model model(List<Node> nodes) {
    Graph graph = new Graph("constants", nodes.getFirst().graph().opsets());
    Map<Value, Value> constants = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      NodeBuilder builder =
          NodeBuilder.of(node.opType()).unchecked().name("node_" + i).output(result(i));
      for (Value input : node.inputs()) {
        builder.inputs(
            input.isAbsent()
                ? Value.ABSENT
                : constants.computeIfAbsent(
                    input,
                    _ ->
                        graph.addInitializer(
                            "input_" + constants.size(), input.constant().orElseThrow())));
      }
      node.attributes().forEach(builder::attribute);
      graph.addOutput(graph.append(builder).output(0));
    }
    return new Model(graph, 8);
  }

  private static String result(int index) {
    return "result_" + index;
  }
}
