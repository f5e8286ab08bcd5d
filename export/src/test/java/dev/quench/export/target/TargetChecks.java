// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.function.Consumer;

/// Small graphs as TensorRT would judge them.
final class TargetChecks {
  private TargetChecks() {}

  static List<Refusal> check(long opset, Consumer<GraphMaker> graph) {
    GraphMaker made = new GraphMaker(opset, 1);
    graph.accept(made);
    return TensorRtTarget.check(made.model());
  }

  static void assertImported(Consumer<GraphMaker> graph) {
    assertThat(check(18, graph)).isEmpty();
  }

  static void assertRefused(String node, String reason, Consumer<GraphMaker> graph) {
    assertThat(check(18, graph))
        .singleElement()
        .satisfies(refusal -> {
          assertThat(refusal.node()).isEqualTo(node);
          assertThat(refusal.reason()).contains(reason);
          assertThat(refusal.remedy()).isNotBlank();
        });
  }

  static NodeBuilder op(String opType, Value... inputs) {
    return NodeBuilder.of(opType).name("n").inputs(inputs);
  }

  /// A value that is computed from a graph input and thus not constant.
  static Value computed(GraphMaker made, String name, Tensor like) {
    return made.node(NodeBuilder.of("Identity").inputs(made.input(name + "_in", like)).output(name))
        .output(0);
  }
}
