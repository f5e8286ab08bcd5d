// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Rewrites in the bodies of model-local functions.
class FunctionBodyTest {
  private static final int TRANSPOSE_CODE = 7; // INTS

  /// A call of a function that runs Relu between two nodes that undo each other, then an Identity.
  private static Model calling(boolean byAttribute) {
    OpsetImports opsets = OpsetImports.onnx(17);
    Graph body = new Graph("Twist", opsets);
    Value x = body.addInput("a", null);
    Value there = body.append(transpose(byAttribute).inputs(x).output("b")).output(0);
    Value back = body.append(transpose(byAttribute).inputs(there).output("c")).output(0);
    Value same = body.append(NodeBuilder.of("Identity").inputs(back).output("d")).output(0);
    body.addOutput(body.append(NodeBuilder.of("Relu").inputs(same).output("e")).output(0));

    Graph graph = new Graph("calling", opsets.with("local", 1));
    Value input = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3)));
    NodeBuilder call = NodeBuilder.of("Twist").domain("local").inputs(input).output("y");
    if (byAttribute) {
      call.ints("perm", 1, 0);
    }
    graph.addOutput(graph.append(call).output(0));
    Model model = new Model(graph, 8);
    model
        .functions()
        .add(
            new Function(
                "local",
                "Twist",
                "",
                body,
                byAttribute ? List.of("perm") : List.of(),
                Map.of(),
                Map.of()));
    return model;
  }

  private static NodeBuilder transpose(boolean byAttribute) {
    NodeBuilder builder = NodeBuilder.of("Transpose");
    return byAttribute
        ? builder.attribute("perm", new AttributeValue.Reference("perm", TRANSPOSE_CODE))
        : builder.ints("perm", 1, 0);
  }

  private static List<String> body(Model model) {
    return model.functions().getFirst().body().nodes().stream().map(Node::opType).toList();
  }

  @Test
  void nodesThatDoNothingGoFromABody() {
    Model model = calling(false);
    Model before = model.copy();
    assertThat(new EliminateTransposePairs().apply(model)).isTrue();
    assertThat(new EliminateIdentity().apply(model)).isTrue();
    assertThat(new EliminateDeadNodes().apply(model)).isTrue();

    assertThat(body(model)).containsExactly("Relu");
    Equivalence.assertSameOutputs(before, model, 0);
  }

  @Test
  void aBodyWhoseAttributesComeFromTheCallStays() {
    Model model = calling(true);

    assertThat(new EliminateTransposePairs().apply(model)).isFalse();
    assertThat(body(model)).containsExactly("Transpose", "Transpose", "Identity", "Relu");
  }
}
