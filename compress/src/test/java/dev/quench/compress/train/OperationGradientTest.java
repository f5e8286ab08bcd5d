// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ProgramOptions;
import dev.quench.graph.Model;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of each operator by its input against finite differences along random directions.
class OperationGradientTest {
  private static final double STEP = 1e-2;

  /// Without those whose gradient is a surrogate.
  static Stream<Arguments> smooth() {
    return OperationGraphs.graphs()
        .filter(graph -> {
          String name = String.valueOf(graph.get()[0]);
          return !name.startsWith("Q/DQ") && !name.startsWith("Where as") && !name.equals("Sign");
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("smooth")
  void agreesWithFiniteDifferences(String name, Consumer<GraphMaker> graph) {
    GraphMaker fixture = new GraphMaker(OperationGraphs.opset(name), name.hashCode());
    graph.accept(fixture);
    Model model = fixture.model();
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 5);
    Tensor input = inputs.values().iterator().next();
    float[] start = input.toFloats();
    long[] sizes = input.shape().sizes();
    SplittableRandom random = new SplittableRandom(name.hashCode());

    try (Program program = Program.compile(model, ProgramOptions.PLAIN)) {
      float[] gradient = gradient(program, sizes, start);
      double norm = norm(gradient);
      assertThat(norm).as(name).isPositive();
      for (int trial = 0; trial < 4; trial++) {
        float[] direction = new float[start.length];
        for (int i = 0; i < start.length; i++) {
          direction[i] = (float) random.nextGaussian();
        }
        double step = STEP / norm(direction);
        double slope =
            (weighted(program, sizes, moved(start, direction, step))
                    - weighted(program, sizes, moved(start, direction, -step)))
                / (2 * step);

        double expected = 0;
        for (int i = 0; i < start.length; i++) {
          expected += (double) gradient[i] * direction[i];
        }
        assertThat(slope)
            .as(name)
            .isCloseTo(expected, Offset.offset(2e-2 * norm * norm(direction)));
      }
    }
  }

  private static float[] gradient(Program program, long[] sizes, float[] values) {
    try (PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor batch = tensor(sizes, values);
      batch.set_requires_grad(true);
      org.bytedeco.pytorch.Tensor output = program.run(batch, false, Compute.FP32);
      output.mul(weights(output)).sum().backward();
      return NativeFloats.toArray(batch.grad().contiguous());
    }
  }

  /// The sum of the outputs with fixed factors, in double.
  private static double weighted(Program program, long[] sizes, float[] values) {
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      org.bytedeco.pytorch.Tensor output = program.run(tensor(sizes, values), false, Compute.FP32);
      float[] outputs = NativeFloats.toArray(output.contiguous());
      float[] factors = NativeFloats.toArray(weights(output));
      double sum = 0;
      for (int i = 0; i < outputs.length; i++) {
        sum += (double) outputs[i] * factors[i];
      }
      return sum;
    }
  }

  private static org.bytedeco.pytorch.Tensor weights(org.bytedeco.pytorch.Tensor output) {
    SplittableRandom random = new SplittableRandom(3);
    float[] factors = new float[Math.toIntExact(output.numel())];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) random.nextGaussian();
    }
    long[] sizes = new long[Math.toIntExact(output.dim())];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = output.size(i);
    }
    return tensor(sizes, factors);
  }

  private static org.bytedeco.pytorch.Tensor tensor(long[] sizes, float[] values) {
    org.bytedeco.pytorch.Tensor tensor = torch.empty(sizes);
    NativeFloats.copy(values, tensor);
    return tensor;
  }

  private static float[] moved(float[] values, float[] direction, double step) {
    float[] moved = values.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (step * direction[i]);
    }
    return moved;
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
