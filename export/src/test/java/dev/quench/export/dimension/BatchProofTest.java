// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BatchProofTest {
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();

  private final GraphMaker maker = new GraphMaker(17, 3);

  private static Optional<String> prove(Model model) {
    Model freed = model.copy();
    FreeDimensions.batch("batch").apply(freed);
    return new BatchProof(model, "batch").require(freed, BACKEND);
  }

  private void assertRefused(String... words) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> prove(maker.model()))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  @Test
  void holdsWhereSamplesAreApart() {
    Value x = maker.input("x", 2, 3, 6, 6);
    Value y =
        maker
            .node(NodeBuilder.of("Conv").inputs(x, maker.weights("w", 4, 3, 3, 3)).output("c"))
            .output(0);
    Value pooled = maker.node(NodeBuilder.of("GlobalAveragePool").inputs(y).output("p")).output(0);
    maker.output(NodeBuilder.of("Flatten").inputs(pooled), "y");
    assertThat(prove(maker.model())).isEmpty();
  }

  @Test
  void aBatchOfNothingIsAsAnyOther() {
    Value x = maker.input("x", 0, 3);
    maker.output(NodeBuilder.of("Relu").inputs(x), "y");
    assertThat(prove(maker.model())).isEmpty();
  }

  @Test
  void saysThatInputsAreTooLargeToRun() {
    Value x = maker.input("x", 1, 4);
    x.setType(ValueType.tensor(DataType.FLOAT, Shape.of(1, 40_000, 40_000)));
    maker.output(NodeBuilder.of("Relu").inputs(x), "y");
    assertThat(prove(maker.model()).orElseThrow()).contains("1 GiB");
  }

  @Test
  void refusesABiasForEachSample() {
    Value x = maker.input("x", 2, 3);
    maker.output(
        NodeBuilder.of("Gemm")
            .name("bias_by_sample")
            .inputs(x, maker.weights("b", 3, 4), maker.weights("c", 2, 1)),
        "y");
    assertRefused("bias_by_sample");
  }

  @Test
  void refusesConstantsThatStandForTheBatch() {
    Value x = maker.input("x", 1, 3, 4);
    Value scaled =
        maker
            .node(
                NodeBuilder.of("Add")
                    .name("grown")
                    .inputs(x, maker.weights("w", 2, 1, 1))
                    .output("s"))
            .output(0);
    maker.output(
        NodeBuilder.of("ReduceSum")
            .inputs(scaled, maker.constant("axes", 0))
            .attribute("keepdims", 1),
        "y");
    assertRefused("cannot");
  }

  @Test
  void refusesSumsOverSamples() {
    Value x = maker.input("x", 2, 3);
    Value mean =
        maker
            .node(
                NodeBuilder.of("ReduceMean")
                    .name("over_samples")
                    .ints("axes", 0)
                    .inputs(x)
                    .output("m"))
            .output(0);
    maker.output(NodeBuilder.of("Sub").inputs(x, mean), "y");
    assertRefused("ReduceMean 'over_samples'", "depends on the batch size");
  }

  @Test
  void refusesABranchThatAsksForTheBatch() {
    Value x = maker.input("x", 2, 3);
    Value shape = maker.node(NodeBuilder.of("Shape").inputs(x).output("shape")).output(0);
    Value size =
        maker
            .node(
                NodeBuilder.of("Gather")
                    .inputs(shape, maker.constant("zero", Tensor.scalar(0L)))
                    .output("size"))
            .output(0);
    Value isTwo =
        maker
            .node(
                NodeBuilder.of("Equal")
                    .inputs(size, maker.constant("two", Tensor.scalar(2L)))
                    .output("is_two"))
            .output(0);
    NodeBuilder choice = NodeBuilder.of("If").name("by_batch").inputs(isTwo);
    choice.attribute("then_branch", new AttributeValue.GraphValue(branch("Neg", x)));
    choice.attribute("else_branch", new AttributeValue.GraphValue(branch("Abs", x)));
    maker.output(choice, "y");
    assertRefused("If 'by_batch'", "depends on the batch size");
  }

  private Graph branch(String operator, Value x) {
    Graph body = new Graph(operator, maker.graph());
    body.addOutput(body.append(NodeBuilder.of(operator).inputs(x).output(operator)).output(0));
    return body;
  }

  @Test
  void saysWhatItCannotProve() {
    Value x = maker.input("x", Tensor.ofFloats(Shape.of(1, 2), 1, 2));
    maker.graph().setOpsets(maker.graph().opsets().with("com.example", 1));
    maker.output(NodeBuilder.of("Magic").domain("com.example").inputs(x), "y");
    assertThat(prove(maker.model()).orElseThrow()).contains("Magic");
  }

  private static Optional<String> proveAlongAxisOne(Model model) {
    Model freed = model.copy();
    new FreeDimensions(Map.of("x", Map.of(1, "batch"))).apply(freed);
    return new BatchProof(model, "batch").require(freed, BACKEND);
  }

  @Test
  void holdsWhereSamplesLieAlongAnotherAxis() {
    Value x = maker.input("x", 3, 2, 4);
    maker.output(NodeBuilder.of("Softmax").attribute("axis", 2).inputs(x), "y");
    assertThat(proveAlongAxisOne(maker.model())).isEmpty();
  }

  @Test
  void refusesSumsOverSamplesAlongAnotherAxis() {
    Value x = maker.input("x", 3, 2, 4);
    maker.output(NodeBuilder.of("Softmax").name("mixing").attribute("axis", 1).inputs(x), "y");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> proveAlongAxisOne(maker.model()))
        .withMessageContaining("Softmax 'mixing'");
  }

  @Test
  void axisZeroAndNamesOfBatchesCountSamples() {
    FreeDimensions freed =
        new FreeDimensions(
            Map.of("x", Map.of(0, "N", 2, "height"), "state", Map.of(1, "batch_size")));

    assertThat(freed.batchSymbols()).containsExactlyInAnyOrder("N", "batch_size");
  }

  @Test
  void refusesStatisticsOverSamplesThatBecameOne() {
    Value x = maker.input("x", 2, 4, 6, 6);
    Value one =
        maker
            .node(NodeBuilder.of("Transpose").ints("perm", 1, 0, 2, 3).inputs(x).output("turned"))
            .output(0);
    Value rows =
        maker
            .node(
                NodeBuilder.of("Reshape")
                    .inputs(one, maker.constant("to", 1, 4, -1))
                    .output("rows"))
            .output(0);
    maker.output(
        NodeBuilder.of("InstanceNormalization")
            .name("over_samples")
            .inputs(rows, maker.weights("scale", 4), maker.weights("bias", 4)),
        "y");
    assertRefused("over_samples");
  }

  @Test
  void holdsForStatisticsOfEachSample() {
    Value x = maker.input("x", 2, 4, 6, 6);
    maker.output(
        NodeBuilder.of("InstanceNormalization")
            .inputs(x, maker.weights("scale", 4), maker.weights("bias", 4)),
        "y");
    assertThat(prove(maker.model())).isEmpty();
  }
}
