// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.run.Loss;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The gradients of a whole network against finite differences of its loss.
class GradientTest {
  private static final int BATCH = 6;
  private static final double STEP = 1e-2;

  @ParameterizedTest
  @EnumSource(Loss.class)
  void agreeWithFiniteDifferences(Loss loss) {
    try (Program program = Program.compile(network(), true)) {
      Parameters parameters = program.parameters();
      SplittableRandom random = new SplittableRandom(7);
      float[] images = gaussian(random, BATCH * 2 * 8 * 8);
      program.parameters().gradients().zero_();
      try (PointerScope _ = new PointerScope()) {
        loss.of(outputs(program, images), labels()).backward();
      }
      float[] gradients = floats(parameters.gradients());
      float[] start = floats(parameters.values());

      for (int trial = 0; trial < 5; trial++) {
        float[] direction = gaussian(random, start.length);
        double expected = 0;
        for (int i = 0; i < start.length; i++) {
          expected += (double) gradients[i] * direction[i];
        }
        double above =
            lossAt(program, loss, images, start, direction, STEP / Math.sqrt(start.length));
        double below =
            lossAt(program, loss, images, start, direction, -STEP / Math.sqrt(start.length));
        double slope = (above - below) / (2 * STEP / Math.sqrt(start.length));

        assertThat(slope).isCloseTo(expected, Offset.offset(2e-2 * norm(gradients)));
      }
      assertThat(norm(gradients)).isGreaterThan(0.1);
    }
  }

  @Test
  void accumulateInTheFlatVectorAndReachEveryParameter() {
    try (Program program = Program.compile(network(), true)) {
      try (PointerScope _ = new PointerScope()) {
        float[] images = gaussian(new SplittableRandom(1), BATCH * 2 * 8 * 8);
        Loss.CROSS_ENTROPY.of(outputs(program, images), labels()).backward();
      }
      int at = 0;
      float[] gradients = floats(program.parameters().gradients());
      for (Parameter parameter : program.parameters().all()) {
        if (parameter.role() == Parameter.Role.STATISTIC) {
          continue;
        }
        double sum = 0;
        for (int i = 0; i < parameter.elements(); i++, at++) {
          sum += Math.abs(gradients[at]);
        }
        assertThat(sum).as(parameter.value().name()).isPositive();
      }
      assertThat(at).isEqualTo(gradients.length);
    }
  }

  /// Smooth everywhere: convolutions, normalization, average pooling, a shuffle, products.
  private static Model network() {
    GraphMaker f = new GraphMaker(17, 3);
    Value x = f.input("image", Dim.of("N"), Dim.of(2), Dim.of(8), Dim.of(8));
    x =
        f.add(
            NodeBuilder.of("Conv").ints("pads", 1, 0, 0, 1).ints("strides", 2, 1),
            "c1",
            x,
            f.weights("w1", 4, 2, 3, 3),
            f.weights("b1", 4));
    x = f.add("Tanh", "t1", f.normalize("n1", x, 4));
    x = f.add(NodeBuilder.of("Conv").attribute("group", 2), "c2", x, f.weights("w2", 6, 2, 2, 2));
    x = f.add("Sigmoid", "s2", f.normalize("n2", x, 6));
    x =
        f.add(
            NodeBuilder.of("AveragePool").ints("kernel_shape", 2, 2).ints("pads", 0, 1, 1, 0),
            "p2",
            x);
    x = f.add("GlobalAveragePool", "g", x);
    x = f.add("Flatten", "f", x);
    x = f.add("Add", "a", f.add("MatMul", "m", x, f.weights("w3", 6, 5)), f.weights("b3", 5));
    x = f.add("Tanh", "t3", x);
    x =
        f.add(
            NodeBuilder.of("Gemm").attribute("transB", 1),
            "y",
            x,
            f.weights("w4", 3, 5),
            f.weights("b4", 3));
    return f.outputs(x).model();
  }

  private static double lossAt(
      Program program, Loss loss, float[] images, float[] start, float[] direction, double step) {
    float[] moved = start.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (step * direction[i]);
    }
    MemorySegment memory = NativeFloats.memory(program.parameters().values());
    MemorySegment.copy(moved, 0, memory, ValueLayout.JAVA_FLOAT, 0, moved.length);
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      return loss.of(outputs(program, images), labels()).item_float();
    }
  }

  private static Tensor outputs(Program program, float[] images) {
    Tensor batch = torch.zeros(BATCH, 2, 8, 8);
    MemorySegment.copy(
        images, 0, NativeFloats.memory(batch), ValueLayout.JAVA_FLOAT, 0, images.length);
    return program.run(batch, true, Compute.FP32);
  }

  private static Tensor labels() {
    return torch
        .arange(new Scalar((long) BATCH), new TensorOptions(ScalarType.Long))
        .remainder(new Scalar(3L));
  }

  private static float[] floats(Tensor tensor) {
    return NativeFloats.memory(tensor).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static float[] gaussian(SplittableRandom random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
