// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.program.Program;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The trainer's evaluation adds as ONNX Runtime does. The AVX2 code of OpenBLAS adds some sums in
/// another order, so equal bits need AVX-512.
class OnnxRuntimeSumsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 24, 5, 1, 2, 1",
    "3, 96, 5, 1, 2, 1",
    "3, 33, 3, 1, 1, 1",
    "3, 64, 7, 2, 3, 1", // 147 products: more than one block
    "3, 16, 11, 4, 2, 1",
    "4, 20, 3, 1, 0, 3",
    "2, 7, 1, 1, 0, 1"
  })
  void convolutionOfImages(
      long channels, long outputs, long taps, long stride, long pad, long dilation)
      throws IOException {
    GraphMaker graph = new GraphMaker(17, channels);
    NodeBuilder node =
        NodeBuilder.of("Conv")
            .ints("strides", stride, stride)
            .ints("pads", pad, pad, pad, pad)
            .ints("dilations", dilation, dilation);
    Value x = graph.input("x", 5, channels, 64, 63);
    Value weights = graph.weights("w", outputs, channels, taps, taps);
    graph.outputs(graph.add(node, "y", x, weights, graph.weights("b", outputs)));

    assertSameSums(graph);
  }

  @ParameterizedTest
  @CsvSource({"3, 784, 200", "50, 784, 10", "7, 256, 33", "20, 3000, 65"})
  void fullyConnectedLayer(long rows, long inputs, long outputs) throws IOException {
    GraphMaker graph = new GraphMaker(17, rows);
    NodeBuilder node = NodeBuilder.of("Gemm").attribute("transB", 1);
    Value x = graph.input("x", rows, inputs);
    Value weights = graph.weights("w", outputs, inputs);
    graph.outputs(graph.add(node, "y", x, weights, graph.weights("b", outputs)));

    assertSameSums(graph);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 16, 33})
  void biasOfOneElement(long outputs) throws IOException {
    GraphMaker graph = new GraphMaker(17, outputs);
    Value x = graph.input("x", 4, 300);
    Value weights = graph.weights("w", 300, outputs);
    graph.outputs(graph.add("Gemm", "y", x, weights, graph.weights("b", 1)));

    assertSameSums(graph);
  }

  @ParameterizedTest
  @CsvSource({"3, 784, 200", "20, 3000, 65"})
  void productWithConstantMatrix(long rows, long inputs, long outputs) throws IOException {
    GraphMaker graph = new GraphMaker(17, rows);
    Value x = graph.input("x", rows, inputs);
    graph.outputs(graph.add("MatMul", "y", x, graph.weights("w", inputs, outputs)));

    assertSameSums(graph);
  }

  private static void assertSameSums(GraphMaker graph) throws IOException {
    Model model = graph.model();
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 5);
    Tensor input = inputs.values().iterator().next();
    Tensor output = Equivalence.run(model, inputs).get("y");

    try (Program program = Program.compile(model.copy(), false)) {
      float[] actual =
          OperationForwardTest.evaluate(program, input.shape().sizes(), input.toFloats());
      assertThat(Equivalence.relativeError(output, Tensor.ofFloats(output.shape(), actual)))
          .isLessThan(2e-6);
      assumeTrue(hasAvx512(), "equal bits need a processor with AVX-512");
      assertThat(differences(output.toFloats(), actual)).isZero();
    }
  }

  private static int differences(float[] expected, float[] actual) {
    assertThat(actual).hasSameSizeAs(expected);
    int differences = 0;
    for (int i = 0; i < expected.length; i++) {
      differences += expected[i] == actual[i] ? 0 : 1;
    }
    return differences;
  }

  private static boolean hasAvx512() throws IOException {
    Path processor = Path.of("/proc/cpuinfo");
    return Files.exists(processor) && Files.readString(processor).contains("avx512f");
  }
}
