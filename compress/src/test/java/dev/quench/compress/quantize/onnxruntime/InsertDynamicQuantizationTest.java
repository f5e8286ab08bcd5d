// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InsertDynamicQuantizationTest {
  private final GraphMaker fixture = new GraphMaker(17);

  private void assertClose(Map<String, Tensor> inputs, Model before, Model after) {
    Tensor expected = run(before, inputs).get("y");
    Tensor actual = run(after, inputs).get("y");
    assertThat(Equivalence.relativeError(expected, actual)).isLessThan(0.03);
  }

  @Test
  void productsThatReadOneTensorShareItsQuantizer() {
    Value x = fixture.input("x", 3, 32);
    Value a = fixture.add("MatMul", "a", x, fixture.weights("w", 32, 24));
    Value b = fixture.add("MatMul", "b", x, fixture.weights("v", 32, 24));
    fixture.outputs(fixture.add("Add", "y", a, b));
    Model model = fixture.model();
    Model before = model.copy();

    QuantizationReport report = new InsertDynamicQuantization(NodeSelection.NONE).apply(model);

    assertThat(report.layers()).containsExactly("MatMul 'a'", "MatMul 'b'");
    assertThat(opTypes(model)).filteredOn("DynamicQuantizeLinear"::equals).hasSize(1);
    assertThat(opTypes(model)).doesNotContain("MatMul");
    assertClose(randomInputs(before, 4), before, model);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void gemmKeepsItsBias(int transB) {
    Value x = fixture.input("x", 3, 32);
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("Gemm").attribute("transB", transB),
            "y",
            x,
            transB == 0 ? fixture.weights("w", 32, 24) : fixture.weights("w", 24, 32),
            fixture.weights("b", 24)));
    Model model = fixture.model();
    Model before = model.copy();

    new InsertDynamicQuantization(NodeSelection.NONE).apply(model);

    assertThat(opTypes(model)).contains("MatMulInteger", "Add").doesNotContain("Gemm");
    assertClose(randomInputs(before, 4), before, model);
  }

  @Test
  void largeTablesAreStoredInBytes() {
    Value ids = fixture.graph().addInput("ids", ValueType.tensor(DataType.INT64, Shape.of(5)));
    fixture.outputs(fixture.add("Gather", "y", fixture.weights("table", 1024, 64), ids));
    Model model = fixture.model();
    Model before = model.copy();

    new InsertDynamicQuantization(NodeSelection.NONE).apply(model);

    assertThat(opTypes(model)).containsExactly("Gather", "DequantizeLinear");
    assertThat(model.graph().value("table")).isEmpty();
    assertClose(Map.of("ids", Tensor.vector(7, 0, 1023, 512, 7)), before, model);
    assertThat(model.metadata()).doesNotContainKey(InsertDynamicQuantization.BATCH_DEPENDENT);
  }

  @Test
  void stampsThatResultsDependOnTheBatch() {
    fixture.outputs(
        fixture.add("MatMul", "y", fixture.input("x", 3, 32), fixture.weights("w", 32, 24)));
    Model model = fixture.model();

    new InsertDynamicQuantization(NodeSelection.NONE).apply(model);

    assertThat(model.metadata()).containsKey(InsertDynamicQuantization.BATCH_DEPENDENT);
  }

  @Test
  void excludedLayersAndConvolutionsStayFloat() {
    Value x = fixture.input("x", 1, 3, 8, 8);
    fixture.outputs(
        fixture.add("Conv", "c", x, fixture.weights("k", 4, 3, 3, 3)),
        fixture.add("MatMul", "m", fixture.input("z", 3, 32), fixture.weights("w", 32, 24)));
    Model model = fixture.model();

    QuantizationReport report =
        new InsertDynamicQuantization(NodeSelection.of(List.of("m"))).apply(model);

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat()).hasSize(2);
    assertThat(opTypes(model)).containsExactly("Conv", "MatMul");
  }

  @Test
  void sharedWeightsAndTablesAreStoredOnce() {
    Value x = fixture.input("x", 3, 32);
    Value w = fixture.weights("w", 32, 32);
    fixture.outputs(fixture.add("MatMul", "y", fixture.add("MatMul", "h", x, w), w));
    Model model = fixture.model();
    Model before = model.copy();

    new InsertDynamicQuantization(NodeSelection.NONE).apply(model);

    assertThat(model.graph().initializers())
        .filteredOn(value -> value.dataType().filter(DataType.INT8::equals).isPresent())
        .filteredOn(value -> value.shape().orElseThrow().rank() == 2)
        .hasSize(1);
    assertThat(model.graph().value("w")).isEmpty();
    assertClose(randomInputs(before, 4), before, model);
  }
}
