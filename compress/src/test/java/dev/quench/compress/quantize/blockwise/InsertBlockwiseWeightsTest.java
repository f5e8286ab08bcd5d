// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class InsertBlockwiseWeightsTest {
  private final GraphMaker fixture = new GraphMaker(21);

  private static QuantizationReport apply(Model model, BlockwiseOptions options) {
    return new InsertBlockwiseWeights(options).apply(model);
  }

  private Value gemm(int transB, int inputs, int outputs) {
    return fixture.add(
        NodeBuilder.of("Gemm").attribute("transB", transB),
        "y",
        fixture.input("x", 3, inputs),
        transB == 0 ? fixture.weights("w", inputs, outputs) : fixture.weights("w", outputs, inputs),
        fixture.weights("b", outputs));
  }

  @ParameterizedTest
  @CsvSource({"INT4,0,17,19,16", "INT4,1,33,16,32", "INT8,0,64,31,32", "INT8,1,17,17,5"})
  void onnxRuntimeComputesWhatANaiveProductDoes(
      BlockWeightType type, int transB, int inputs, int outputs, int block) {
    fixture.outputs(gemm(transB, inputs, outputs));
    Model model = fixture.model();
    Tensor bias = model.graph().value("b").orElseThrow().constant().orElseThrow();

    QuantizationReport report = apply(model, BlockwiseOptions.of(type).withBlockSize(block));

    assertThat(report.layers()).containsExactly("Gemm 'y'");
    Tensor levels = model.graph().value("w_quantized").orElseThrow().constant().orElseThrow();
    Tensor scales = model.graph().value("w_scale").orElseThrow().constant().orElseThrow();
    Tensor x = randomInputs(model, 5).get("x");
    double[] expected = new double[3 * outputs];
    for (int row = 0; row < 3; row++) {
      for (int n = 0; n < outputs; n++) {
        double sum = bias.doubleAt(n);
        for (int k = 0; k < inputs; k++) {
          long weight = (long) k * outputs + n;
          long scale = (long) (k / block) * outputs + n;
          sum +=
              x.doubleAt((long) row * inputs + k) * levels.longAt(weight) * scales.doubleAt(scale);
        }
        expected[row * outputs + n] = sum;
      }
    }
    Tensor actual = run(model, Map.of("x", x)).get("y");
    assertThat(Equivalence.relativeError(Tensor.ofDoubles(Shape.of(3, outputs), expected), actual))
        .isLessThan(1e-5);
  }

  @ParameterizedTest
  @EnumSource(BlockWeightType.class)
  void theOptimizedSessionComputesNearlyTheSame(BlockWeightType type) {
    fixture.outputs(
        fixture.add("MatMul", "y", fixture.input("x", 3, 64), fixture.weights("w", 64, 48)));
    Model model = fixture.model();
    apply(model, BlockwiseOptions.of(type));
    Map<String, Tensor> inputs = randomInputs(model, 5);

    try (Session session = Equivalence.BACKEND.open(model, SessionOptions.DEFAULT)) {
      // Its kernel may round activations to eight bits.
      assertThat(
              Equivalence.relativeError(run(model, inputs).get("y"), session.run(inputs).get("y")))
          .isLessThan(0.02);
    }
  }

  @ParameterizedTest
  @EnumSource(BlockWeightType.class)
  void aWrittenModelIsReadBackBitForBit(BlockWeightType type, @TempDir Path folder)
      throws IOException {
    fixture.outputs(gemm(1, 33, 17));
    Model model = fixture.model();
    model.setIrVersion(10);
    apply(model, BlockwiseOptions.of(type));

    OnnxWriter.write(model, folder.resolve("m.onnx"));
    Model read = OnnxReader.read(folder.resolve("m.onnx"));

    for (Value value : model.graph().initializers()) {
      assertThat(
              read.graph()
                  .value(value.name())
                  .orElseThrow()
                  .constant()
                  .orElseThrow()
                  .contentEquals(value.constant().orElseThrow()))
          .as(value.name())
          .isTrue();
    }
    assertThat(read.graph().nodes().getFirst().intAttribute("block_size", 0)).isEqualTo(32);
  }

  @Test
  void largeTablesAreLookedUpInBytes() {
    Value ids = fixture.graph().addInput("ids", ValueType.tensor(DataType.INT64, Shape.of(2, 3)));
    fixture.outputs(fixture.add("Gather", "y", fixture.weights("table", 1100, 60), ids));
    Model model = fixture.model();
    Model before = model.copy();

    QuantizationReport report = apply(model, BlockwiseOptions.of(BlockWeightType.INT4));

    assertThat(report.layers()).containsExactly("Gather 'y'");
    assertThat(opTypes(model)).containsExactly("Gather", "Gather", "DequantizeLinear");
    assertThat(model.graph().value("table")).isEmpty();
    Map<String, Tensor> inputs =
        Map.of("ids", Tensor.ofLongs(Shape.of(2, 3), 7, 0, 1099, 512, 7, 1));
    assertThat(Equivalence.relativeError(run(before, inputs).get("y"), run(model, inputs).get("y")))
        .isLessThan(0.01);
  }

  @Test
  void sharedWeightsAreStoredOnce() {
    Value w = fixture.weights("w", 32, 32);
    fixture.outputs(
        fixture.add("MatMul", "y", fixture.add("MatMul", "h", fixture.input("x", 3, 32), w), w));
    Model model = fixture.model();

    apply(model, BlockwiseOptions.of(BlockWeightType.INT4));

    assertThat(opTypes(model)).containsExactly("DequantizeLinear", "MatMul", "MatMul");
    assertThat(model.graph().value("w")).isEmpty();
  }

  @Test
  void forTensorRtBlocksAreWholeAndWeightsEven() {
    Value x = fixture.input("x", 3, 48);
    fixture.outputs(
        fixture.add("MatMul", "uneven", x, fixture.weights("u", 48, 16)),
        fixture.add("MatMul", "odd", fixture.input("z", 3, 27), fixture.weights("o", 27, 17)));
    Model model = fixture.model();

    QuantizationReport report =
        apply(
            model,
            BlockwiseOptions.of(BlockWeightType.INT4).withBlockSize(27).withForTensorRt(true));

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat())
        .extracting(QuantizationReport.LeftFloat::reason)
        .containsExactly(
            "its 48 inputs are not a multiple of the block size 27, as TensorRT wants them",
            "it has an odd number of weights, TensorRT wants an even one");
  }

  @Test
  void whatStaysFloatIsListedWithTheReason() {
    Value x = fixture.input("x", 1, 16, 8, 8);
    Value z = fixture.input("z", 3, 32);
    fixture.outputs(
        fixture.add("Conv", "c", x, fixture.weights("k", 16, 16, 3, 3)),
        fixture.add("MatMul", "small", z, fixture.weights("s", 32, 4)),
        fixture.add("MatMul", "named", z, fixture.weights("n", 32, 32)),
        fixture.add("MatMul", "computed", z, fixture.input("b", 32, 32)));
    Model model = fixture.model();

    QuantizationReport report =
        apply(
            model,
            BlockwiseOptions.of(BlockWeightType.INT8)
                .withExcludedNodes(NodeSelection.of(List.of("named"))));

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat())
        .extracting(QuantizationReport.LeftFloat::node)
        .containsExactly("Conv 'c'", "MatMul 'small'", "MatMul 'named'", "MatMul 'computed'");
    assertThat(report.leftFloat().getFirst().reason())
        .isEqualTo("only weights of MatMul and Gemm are stored in blocks");
  }

  @Test
  void anOlderOpsetIsRefused() {
    GraphMaker older = new GraphMaker(17);
    older.outputs(older.add("MatMul", "y", older.input("x", 3, 32), older.weights("w", 32, 32)));

    assertThatThrownBy(() -> apply(older.model(), BlockwiseOptions.of(BlockWeightType.INT4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weights in blocks needs opset 21");
  }

  @Test
  void forTensorRtTransposedWeightsStayTransposed() {
    fixture.outputs(gemm(1, 32, 16));
    Model model = fixture.model();
    Model before = model.copy();

    apply(model, BlockwiseOptions.of(BlockWeightType.INT4).withForTensorRt(true));

    assertThat(model.graph().value("w_scale").orElseThrow().shape()).contains(Shape.of(16, 1));
    Map<String, Tensor> inputs = randomInputs(before, 5);
    assertThat(Equivalence.relativeError(run(before, inputs).get("y"), run(model, inputs).get("y")))
        .isLessThan(0.2);
  }

  @Test
  void blocksThatOnnxRuntimeDoesNotFuseAreNoted() {
    fixture.outputs(gemm(0, 60, 16));

    QuantizationReport report =
        apply(fixture.model(), BlockwiseOptions.of(BlockWeightType.INT8).withBlockSize(20));

    assertThat(report.notes())
        .containsExactly(
            "ONNX Runtime multiplies directly by blocks of 16, 32, 64, 128 or 256; of 20 it makes floats in each inference");
  }
}
