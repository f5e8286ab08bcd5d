// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.quench.compress.Equivalence;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What ONNX Runtime makes of the forms of whole networks: integer kernels throughout.
class FusedKernelsTest {
  @TempDir private Path folder;

  private static Model network(Architecture architecture, int side, double width) {
    Model model =
        architecture.build(
            NetworkOptions.CIFAR.withInput(3, side, side).withWidthMultiplier(width));
    Fusion.standard(Equivalence.BACKEND).apply(model);
    return model;
  }

  /// Quantizes by the ranges of one input, and holds the outputs on it against the float model's.
  private static Model quantized(Model model, OnnxRuntimeOptions options, double tolerance) {
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 3);
    ObservedRanges ranges = ObservedRanges.on(model, inputs);
    Map<String, Tensor> expected = Equivalence.run(model, inputs);
    new InsertOnnxRuntimeQdq(ranges, options).apply(model);
    Map<String, Tensor> actual = Equivalence.run(model, inputs);
    expected.forEach((name, tensor) ->
        assertThat(Equivalence.relativeError(tensor, actual.get(name)))
            .as(name)
            .isLessThan(tolerance));
    return model;
  }

  /// How many nodes of each operator are left once a session is open.
  private Map<String, Integer> kernels(Model model) throws IOException, OrtException {
    Path given = folder.resolve("given.onnx");
    Path optimized = folder.resolve("optimized.onnx");
    OnnxWriter.write(model, given);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setOptimizedModelFilePath(optimized.toString());
      environment.createSession(given.toString(), options).close();
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (Node node : OnnxReader.read(optimized).graph().nodes()) {
      counts.merge(node.opType(), 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void everyLayerAndSumOfResNet50IsAnIntegerKernel() throws IOException, OrtException {
    Model model = network(Architecture.RESNET50, 64, 0.25);

    assertThat(kernels(quantized(model, OnnxRuntimeOptions.DEFAULT, 0.15)))
        .containsEntry("QLinearConv", 53)
        .containsEntry("QLinearAdd", 16)
        .containsEntry("QLinearGlobalAveragePool", 1)
        .containsEntry("QGemm", 1)
        .containsEntry("QuantizeLinear", 1)
        .doesNotContainKeys("Conv", "Add", "Relu", "Gemm", "DequantizeLinear");
  }

  @Test
  void theClipsOfMobileNetVanishIntoItsKernels() throws IOException, OrtException {
    Model model = network(Architecture.MOBILENET_V2, 32, 0.35);

    assertThat(kernels(quantized(model, OnnxRuntimeOptions.WIDEST, 0.15)))
        .containsEntry("QLinearConv", 52)
        .containsEntry("QLinearAdd", 10)
        .containsEntry("QGemm", 1)
        .containsEntry("QuantizeLinear", 1)
        .doesNotContainKeys("Conv", "Clip", "DequantizeLinear");
  }

  /// To convert the averages costs less than to convert what they are of.
  @Test
  void aGlobalAverageRunsInIntegersThoughFloatsFollow() throws IOException, OrtException {
    Model model = network(Architecture.NIN, 32, 0.25);

    assertThat(kernels(quantized(model, OnnxRuntimeOptions.DEFAULT, 0.15)))
        .containsEntry("QLinearConv", 9)
        .containsEntry("QLinearGlobalAveragePool", 1)
        .doesNotContainKeys("Conv", "GlobalAveragePool");
  }

  @Test
  void theSiluDetectorRunsInIntegersFromImageToBoxes() throws IOException, OrtException {
    Model model = network(Architecture.CSP_DETECTOR, 64, 0.25);

    assertThat(kernels(quantized(model, OnnxRuntimeOptions.DEFAULT, 0.15)))
        .containsEntry("QLinearConv", 60)
        .containsEntry("QLinearSigmoid", 57)
        .containsEntry("QLinearMul", 57)
        .containsEntry("QLinearConcat", 13)
        .containsEntry("QLinearAdd", 7)
        .containsEntry("DequantizeLinear", 3)
        .doesNotContainKeys("Conv", "Sigmoid", "Mul", "Concat", "Add");
  }

  @Test
  void anImageLeftFloatCostsOneQuantizerAndNoOtherKernel() throws IOException, OrtException {
    Model model = network(Architecture.CSP_DETECTOR, 64, 0.25);

    assertThat(kernels(quantized(model, OnnxRuntimeOptions.DEFAULT.withImages(false), 0.15)))
        .containsEntry("QLinearConv", 59)
        .containsEntry("Conv", 1)
        .containsEntry("QuantizeLinear", 1)
        .containsEntry("DequantizeLinear", 3);
  }

  @Test
  void storedWeightsLeaveTheKernelsOfTheFloatModel() throws IOException, OrtException {
    Model model = network(Architecture.MOBILENET_V2, 32, 0.35);
    Map<String, Integer> exact = kernels(model);

    new StoreInt8Weights(NodeSelection.NONE).apply(model);

    assertThat(kernels(model)).isEqualTo(exact);
  }
}
