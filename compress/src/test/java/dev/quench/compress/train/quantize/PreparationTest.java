// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.train.PostTrainingQuantization;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Where quantizers are put, and how many ranges there are.
class PreparationTest {
  private static Value conv(GraphMaker f, String name, Value x, long outputs, long inputs) {
    return f.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        f.weights(name + "_w", outputs, inputs, 3, 3));
  }

  /// Two branches that a Concat joins, a residual sum behind it, then a transposed convolution.
  private static Model branches() {
    GraphMaker f = new GraphMaker(17, 3);
    Value x = f.input("image", Dim.of("N"), Dim.of(3), Dim.of(8), Dim.of(8));
    Value left = f.add("Relu", "left", conv(f, "c1", x, 4, 3));
    Value right = f.add("Relu", "right", conv(f, "c2", x, 4, 3));
    Value joined = f.add(NodeBuilder.of("Concat").attribute("axis", 1), "joined", left, right);
    Value inner = conv(f, "c3", joined, 8, 8);
    Value sum = f.add("Relu", "sum_relu", f.add("Add", "sum", inner, joined));
    Value up =
        f.add(
            NodeBuilder.of("ConvTranspose").ints("strides", 2, 2),
            "up",
            sum,
            f.weights("up_w", 8, 4, 2, 2));
    Value pooled = f.add("GlobalAveragePool", "pooled", f.normalize("n", up, 4));
    Value flat = f.add("Flatten", "flat", pooled);
    return f.outputs(
            f.add(
                NodeBuilder.of("Gemm").attribute("transB", 1), "fc", flat, f.weights("fc_w", 5, 4)))
        .model();
  }

  @Test
  void everyLayerIsQuantizedTransposedConvolutionsToo() {
    Model model = branches();

    PreparationReport report = QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));

    assertThat(report.layers())
        .containsExactly("Conv 'c1'", "Conv 'c2'", "Conv 'c3'", "ConvTranspose 'up'", "Gemm 'fc'");
    assertThat(report.leftFloat()).isEmpty();
    assertThat(node(model, "up").input(1).producer().orElseThrow().opType())
        .isEqualTo(QuantizationNodes.FAKE_QUANTIZE);
  }

  @Test
  void aTransposedConvolutionFoldsItsNormalizationAlongItsOutputs() {
    Model model = branches();

    PreparationReport report =
        QuantizedTraining.prepare(
            model, TrainingScheme.iao(8, 8).withNormalization(Normalization.FUSED));

    assertThat(report.fused()).hasSize(1);
    Node fold =
        model.graph().nodes().stream()
            .filter(each -> QuantizationNodes.is(each, QuantizationNodes.FOLD))
            .findFirst()
            .orElseThrow();
    assertThat(QuantizationNodes.axis(fold)).hasValue(1);
  }

  @Test
  void eachLayerCanHaveASchemeByName() {
    Model model = branches();

    PreparationReport report =
        QuantizedTraining.of(TrainingScheme.iao(8, 8))
            .layer("c3", TrainingScheme.lsq(4, 4))
            .layer("up", TrainingScheme.pact(6, 6))
            .leaveFloat("fc")
            .prepare(model);

    assertThat(quantizerOf(model, "c1")).isEqualTo(QuantizationNodes.FAKE_QUANTIZE);
    assertThat(quantizerOf(model, "c3")).isEqualTo(QuantizationNodes.LEARNED_STEP);
    assertThat(quantizerOf(model, "up")).isEqualTo(QuantizationNodes.CLIPPED);
    assertThat(report.leftFloat()).contains(new LeftFloat("Gemm 'fc'", "excluded by name"));
    assertThatThrownBy(() ->
            QuantizedTraining.of(TrainingScheme.iao(8, 8))
                .layer("conv9", TrainingScheme.lsq(4, 4))
                .prepare(branches()))
        .hasMessageContaining("no layer to quantize matches 'conv9'")
        .hasMessageContaining("Conv 'c1'");
    assertThatThrownBy(() ->
            QuantizedTraining.of(TrainingScheme.iao(8, 8)).leaveFloat("fc9").prepare(branches()))
        .hasMessageContaining("no node matches 'fc9'");
  }

  /// Of its input.
  private static String quantizerOf(Model model, String layer) {
    return node(model, layer).input(0).producer().orElseThrow().opType();
  }

  private static Node node(Model model, String name) {
    return model.graph().nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void bothInputsOfASumShareARangeWhereAskedFor() throws IOException {
    Model model = branches();
    QuantizedTraining.of(TrainingScheme.iao(8, 8)).quantizeSums().prepare(model);

    Model lowered = calibrated(model);

    Node sum = lowered.graph().value("sum").orElseThrow().producer().orElseThrow();
    assertThat(scale(sum.input(0))).isEqualTo(scale(sum.input(1)));
  }

  @Test
  void theSkipOfASumAloneIsQuantizedElse() throws IOException {
    Model model = branches();
    QuantizedTraining.of(TrainingScheme.iao(8, 8)).prepare(model);

    Model lowered = calibrated(model);

    Node sum = lowered.graph().value("sum").orElseThrow().producer().orElseThrow();
    assertThat(sum.inputs().stream().map(value -> value.producer().orElseThrow().opType()))
        .containsExactlyInAnyOrder("Conv", "DequantizeLinear");
  }

  private static Model calibrated(Model model) throws IOException {
    TensorDataset data =
        TensorDataset.of(
            "noise",
            Map.of("image", GraphMaker.floats(new SplittableRandom(1), 8, 3, 8, 8)),
            new Labels.Classes(List.of(0, 1, 2, 3, 4, 0, 1, 2)));
    Model lowered = PostTrainingQuantization.calibrate(model, data, 2, 4, 1);
    TrainedModel.lower(lowered);
    return lowered;
  }

  private static float scale(Value dequantized) {
    return dequantized.producer().orElseThrow().input(1).constant().orElseThrow().toFloats()[0];
  }

  @Test
  void unsignedLevelsAreForTensorsWithoutNegativeValues() {
    Model model = branches();
    QuantizedTraining.prepare(model, TrainingScheme.lsq(8, 8));

    assertThat(levels(model, "image")).isEqualTo(new Levels(-128, 127, true));
    assertThat(levels(model, "joined")).isEqualTo(new Levels(0, 255, true));
    assertThat(levels(model, "flat")).isEqualTo(new Levels(-128, 127, true));
  }

  private static Levels levels(Model model, String tensor) {
    Graph graph = model.graph();
    return graph.value(tensor).orElseThrow().uses().stream()
        .map(use -> use.node())
        .filter(QuantizationNodes::is)
        .map(QuantizationNodes::levels)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void bitsOutOfRangeAreRefused() {
    for (int bits : new int[] {-1, 0, 1, 17, 31, 33}) {
      assertThatThrownBy(() -> TrainingScheme.iao(bits, 8)).hasMessageContaining("2 to 16 bits");
      assertThatThrownBy(() -> TrainingScheme.dorefa(8, bits)).hasMessageContaining("2 to 16 bits");
    }
    assertThatThrownBy(() -> QuantizedTraining.prepare(branches(), TrainingScheme.iao(9, 8)))
        .hasMessageContaining("opset 21");
  }

  @Test
  void storageIsTheNarrowestTypeThatHoldsTheLevels() {
    assertThat(Levels.ofWeights(4, true).storage()).isEqualTo(DataType.INT8);
    assertThat(Levels.ofActivations(8, true).storage()).isEqualTo(DataType.INT8);
    assertThat(Levels.ofActivations(8, false).storage()).isEqualTo(DataType.UINT8);
    assertThat(Levels.unsigned(7).storage()).isEqualTo(DataType.INT8);
    assertThat(Levels.unsigned(8).storage()).isEqualTo(DataType.UINT8);
    assertThat(Levels.ofWeights(9, true).storage()).isEqualTo(DataType.INT16);
    assertThat(Levels.ofActivations(16, true).storage()).isEqualTo(DataType.INT16);
    assertThat(Levels.ofActivations(12, false).storage()).isEqualTo(DataType.UINT16);
  }

  @Test
  void aTensorThatOverflowsIsNamed() {
    GraphMaker f = new GraphMaker(17, 3);
    Value x = f.input("image", Dim.of("N"), Dim.of(3), Dim.of(8), Dim.of(8));
    float[] huge = new float[4 * 3];
    Arrays.fill(huge, 3e38f);
    Value large =
        f.add("Conv", "large", x, f.constant("huge", Tensor.ofFloats(Shape.of(4, 3, 1, 1), huge)));
    Model model =
        f.outputs(
                f.add(
                    "Flatten", "y", f.add("GlobalAveragePool", "mean", conv(f, "c2", large, 5, 4))))
            .model();
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));

    assertThatThrownBy(() -> calibrated(model))
        .hasMessageContaining("large")
        .hasMessageContaining("expected finite values to find a range of");
  }

  @Test
  void aQuantizedModelIsRefused() {
    Model model = branches();
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));

    assertThatThrownBy(() -> QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8)))
        .hasMessageContaining("quantized already");
  }
}
