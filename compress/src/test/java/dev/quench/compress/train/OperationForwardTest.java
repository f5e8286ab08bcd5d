// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Each operator, with the attributes in which ONNX and libtorch differ, against ONNX Runtime.
class OperationForwardTest {
  private static final double TOLERANCE = 2e-6;

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.quench.compress.train.OperationGraphs#graphs")
  void agreesWithOnnxRuntime(String name, Consumer<GraphMaker> graph) {
    GraphMaker fixture = new GraphMaker(OperationGraphs.opset(name), name.hashCode());
    graph.accept(fixture);
    Model model = fixture.model();
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 5);
    Tensor expected = Equivalence.run(model, inputs).values().iterator().next();
    Tensor input = inputs.values().iterator().next();

    try (Program program = Program.compile(model.copy(), false)) {
      float[] actual = evaluate(program, input.shape().sizes(), input.toFloats());

      assertThat(actual).hasSize((int) expected.elements());
      Tensor tensor = Tensor.ofFloats(expected.shape(), actual);
      assertThat(Equivalence.relativeError(expected, tensor))
          .as(name)
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  /// Exporters write the size of the batch that they saw into shapes.
  @ParameterizedTest
  @CsvSource({"1, 1 16", "8, 8 16", "8, 8 -1", "1, 1 4 0 -1"})
  void takesAnotherBatchThanReshapeHolds(long batch, String shape) {
    long[] target = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
    GraphMaker maker = new GraphMaker(17, 1);
    Value x = maker.input("x", batch, 4, 2, 2);
    maker.output(
        NodeBuilder.of("Reshape").inputs(x, maker.constant("shape", Tensor.vector(target))), "y");
    float[] values = new float[3 * 16];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    try (Program program = Program.compile(maker.model(), false);
        PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor result = program.run(torch.ones(3, 4, 2, 2), false, Compute.FP32);
      assertThat(result.size(0)).isEqualTo(3);
      assertThat(result.dim()).isEqualTo(target.length);
      assertThat(evaluate(program, new long[] {3, 4, 2, 2}, values)).containsExactly(values);
    }
  }

  /// In bfloat16, oneDNN filled up a single channel wrongly.
  @Test
  void averagesOneChannelInBfloat16() {
    GraphMaker maker = new GraphMaker(19, 1);
    Value x = maker.input("x", 2, 3, 11, 5);
    Value image = maker.add("Conv", "image", x, maker.weights("w", 1, 3, 1, 1));
    NodeBuilder pool =
        NodeBuilder.of("AveragePool")
            .ints("kernel_shape", 2, 2)
            .ints("strides", 1, 2)
            .ints("dilations", 2, 3);
    Model model = maker.outputs(maker.add(pool, "y", image)).model();
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 5);
    Tensor expected = Equivalence.run(model, inputs).get("y");
    Tensor input = inputs.get("x");
    try (Program program = Program.compile(model, false)) {
      float[] actual = evaluate(program, input.shape().sizes(), input.toFloats(), Compute.BF16);
      Tensor tensor = Tensor.ofFloats(expected.shape(), actual);
      assertThat(Equivalence.relativeError(expected, tensor)).isLessThan(0.02);
    }
  }

  static float[] evaluate(Program program, long[] sizes, float[] values) {
    return evaluate(program, sizes, values, Compute.FP32);
  }

  private static float[] evaluate(Program program, long[] sizes, float[] values, Compute compute) {
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      org.bytedeco.pytorch.Tensor batch = torch.empty(sizes);
      MemorySegment.copy(
          values, 0, NativeFloats.memory(batch), ValueLayout.JAVA_FLOAT, 0, values.length);
      org.bytedeco.pytorch.Tensor output =
          program.run(batch, false, compute).to(ScalarType.Float).contiguous();
      return NativeFloats.memory(output).toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
