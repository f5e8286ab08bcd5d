// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import dev.quench.testing.Rounding;
import dev.quench.testing.Similarity;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Models in reduced precision, and what is in them.
final class LoweredModels {
  private LoweredModels() {}

  static final LowerPrecision FP16 = LowerPrecision.to(ReducedPrecision.FP16);

  static final LowerPrecision BF16 = LowerPrecision.to(ReducedPrecision.BF16);

  static final LowerPrecision MIXED = LowerPrecision.to(ReducedPrecision.MIXED);

  static long count(Model model, String opType) {
    return model.graph().allNodes().stream().filter(node -> node.is(opType)).count();
  }

  static DataType type(Model model, String value) {
    return model.graph().value(value).orElseThrow().dataType().orElseThrow();
  }

  static List<String> kept(PrecisionReport report) {
    return report.kept().stream().map(PrecisionReport.Kept::node).toList();
  }

  /// Lowers, checks the graph, and compares with FLOAT by emulation.
  static PrecisionReport lowered(GraphMaker made, Model model, LowerPrecision pass) {
    Map<String, Tensor> before = Execution.run(model, made.inputs());
    PrecisionReport report = pass.apply(model);
    GraphValidator.validate(model);
    Model emulated = Rounding.emulate(model, pass.precision().type());
    Map<String, Tensor> after = Execution.run(emulated, made.inputs());
    double least = pass.precision() == ReducedPrecision.BF16 ? 0.999 : 0.99999;
    before.forEach((name, tensor) ->
        assertThat(Similarity.cosine(tensor, after.get(name))).isGreaterThan(least));
    PrecisionReport again = pass.apply(model);
    assertThat(again.changed()).as("second application: %s", again).isFalse();
    return report;
  }

  /// x -> MatMul -> Add -> Relu -> MatMul -> Softmax -> y
  static GraphMaker classifier() {
    GraphMaker made = new GraphMaker(17, 1);
    Value x = made.input("x", 4, 64);
    Graph graph = made.graph();
    Value first =
        graph
            .append(
                NodeBuilder.of("MatMul")
                    .name("first")
                    .inputs(x, made.weights("w1", 64, 64))
                    .output("p"))
            .output(0);
    Value sum =
        graph
            .append(
                NodeBuilder.of("Add").name("add").inputs(first, made.weights("b", 64)).output("s"))
            .output(0);
    Value relu =
        graph.append(NodeBuilder.of("Relu").name("relu").inputs(sum).output("r")).output(0);
    Value second =
        graph
            .append(
                NodeBuilder.of("MatMul")
                    .name("second")
                    .inputs(relu, made.constant("w2", small(64, 10)))
                    .output("l"))
            .output(0);
    made.output(
        NodeBuilder.of("Softmax").name("softmax").inputs(second).attribute("axis", -1), "y");
    return made;
  }

  static Tensor small(long... shape) {
    float[] values = GraphMaker.floats(new SplittableRandom(7), shape).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.001f;
    }
    return Tensor.ofFloats(Shape.of(shape), values);
  }
}
