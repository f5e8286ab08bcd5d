// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.distill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DistillationLossesTest {
  private static final float[] STUDENT = {.5f, -1.5f, 2, .1f, .2f, -.3f};
  private static final float[] TEACHER = {1, 0, -1, 3, .5f, .5f};
  private static final double T = 3;

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void softTargetsAreTheDivergenceTimesTheSquaredTemperature() {
    double expected = 0;
    for (int row = 0; row < 2; row++) {
      double[] t = softmax(TEACHER, row);
      double[] s = softmax(STUDENT, row);
      for (int i = 0; i < 3; i++) {
        expected += T * T * t[i] * Math.log(t[i] / s[i]) / 2;
      }
    }

    try (PointerScope _ = new PointerScope()) {
      Tensor loss = DistillationLosses.softTargets(tensor(STUDENT, 2, 3), tensor(TEACHER, 2, 3), T);
      assertThat((double) loss.item_float()).isCloseTo(expected, Offset.offset(1e-5));
    }
  }

  @Test
  void theGradientOfSoftTargetsIsTheDifferenceOfProbabilities() {
    try (PointerScope _ = new PointerScope()) {
      Tensor student = tensor(STUDENT, 2, 3);
      student.set_requires_grad(true);
      DistillationLosses.softTargets(student, tensor(TEACHER, 2, 3), T).backward();

      float[] gradient = NativeFloats.toArray(student.grad());
      for (int row = 0; row < 2; row++) {
        double[] t = softmax(TEACHER, row);
        double[] s = softmax(STUDENT, row);
        for (int i = 0; i < 3; i++) {
          assertThat((double) gradient[row * 3 + i])
              .isCloseTo(T * (s[i] - t[i]) / 2, Offset.offset(1e-5));
        }
      }
    }
  }

  @Test
  void hintsAreTheMeanSquaredDifference() {
    double expected = 0;
    for (int i = 0; i < 6; i++) {
      expected += Math.pow(STUDENT[i] - TEACHER[i], 2) / 6;
    }

    try (PointerScope _ = new PointerScope()) {
      Tensor loss = DistillationLosses.hint(tensor(STUDENT, 2, 3), tensor(TEACHER, 2, 3));
      assertThat((double) loss.item_float()).isCloseTo(expected, Offset.offset(1e-5));
    }
  }

  @Test
  void hintsAverageTheLargerImage() {
    try (PointerScope _ = new PointerScope()) {
      Tensor large = tensor(new float[] {1, 3, 5, 7}, 1, 1, 2, 2);
      Tensor small = tensor(new float[] {2}, 1, 1, 1, 1);

      assertThat(DistillationLosses.hint(large, small).item_float()).isEqualTo(4);
      assertThat(DistillationLosses.hint(small, large).item_float()).isEqualTo(4);
    }
  }

  @Test
  void attentionComparesNormalizedEnergyWhateverTheChannels() {
    // One image of 1x2 pixels: the student's two channels, the teacher's one.
    float[] student = {1, 2, 3, 0};
    float[] teacher = {1, 1};
    double[] s = {(1 + 9) / 2.0, 4 / 2.0};
    double norm = Math.hypot(s[0], s[1]);
    double expected = 0;
    for (double energy : s) {
      expected += Math.pow(energy / norm - 1 / Math.sqrt(2), 2) / 2 / 2;
    }

    try (PointerScope _ = new PointerScope()) {
      Tensor loss =
          DistillationLosses.attention(tensor(student, 1, 2, 1, 2), tensor(teacher, 1, 1, 1, 2));
      assertThat((double) loss.item_float()).isCloseTo(expected, Offset.offset(1e-6));
    }
  }

  @Test
  void attentionOfZerosIsFinite() {
    try (PointerScope _ = new PointerScope()) {
      Tensor zeros = tensor(new float[4], 1, 1, 2, 2);
      zeros.set_requires_grad(true);
      Tensor loss =
          DistillationLosses.attention(zeros, tensor(new float[] {1, 2, 3, 4}, 1, 1, 2, 2));
      loss.backward();

      assertThat(loss.item_float()).isFinite();
      for (float gradient : NativeFloats.toArray(zeros.grad())) {
        assertThat(gradient).isFinite();
      }
    }
  }

  private static double[] softmax(float[] logits, int row) {
    double[] result = new double[3];
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      result[i] = Math.exp(logits[row * 3 + i] / T);
      sum += result[i];
    }
    for (int i = 0; i < 3; i++) {
      result[i] /= sum;
    }
    return result;
  }

  private static Tensor tensor(float[] values, long... sizes) {
    Tensor tensor = torch.empty(sizes);
    NativeFloats.copy(values, tensor);
    return tensor;
  }
}
