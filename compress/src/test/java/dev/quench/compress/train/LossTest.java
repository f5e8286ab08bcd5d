// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.run.Loss;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LossTest {
  private static final float[] OUTPUTS = {.5f, -1.5f, 2, .1f, .2f, -.3f};

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void crossEntropyIsTheMeanNegativeLogLikelihood() {
    double expected = 0;
    for (int row = 0; row < 2; row++) {
      double sum = 0;
      for (int column = 0; column < 3; column++) {
        sum += Math.exp(OUTPUTS[row * 3 + column]);
      }
      expected += (Math.log(sum) - OUTPUTS[row * 3 + row]) / 2;
    }

    assertThat(value(Loss.CROSS_ENTROPY)).isCloseTo(expected, Offset.offset(1e-6));
  }

  @Test
  void labelSmoothingSpreadsAShareOfTheLabel() {
    double expected = 0;
    for (int row = 0; row < 2; row++) {
      double sum = 0;
      double mean = 0;
      for (int column = 0; column < 3; column++) {
        sum += Math.exp(OUTPUTS[row * 3 + column]);
        mean += OUTPUTS[row * 3 + column] / 3;
      }
      double ofLabel = Math.log(sum) - OUTPUTS[row * 3 + row];
      double ofAll = Math.log(sum) - mean;
      expected += (0.7 * ofLabel + 0.3 * ofAll) / 2;
    }

    try (PointerScope _ = new PointerScope()) {
      Tensor outputs = torch.zeros(2, 3);
      NativeFloats.copy(OUTPUTS, outputs);
      Tensor labels = torch.arange(new Scalar(2L), new TensorOptions(ScalarType.Long));
      double value = Loss.CROSS_ENTROPY.of(outputs, labels, 0.3).item_float();
      assertThat(value).isCloseTo(expected, Offset.offset(1e-6));
    }
  }

  @Test
  void squaredHingeIsTheMeanOverAllOutputs() {
    double expected = 0;
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 3; column++) {
        double margin = Math.max(0, 1 - (column == row ? 1 : -1) * OUTPUTS[row * 3 + column]);
        expected += margin * margin / 6;
      }
    }

    assertThat(value(Loss.SQUARED_HINGE)).isCloseTo(expected, Offset.offset(1e-6));
  }

  /// The label of each row is its number.
  private static double value(Loss loss) {
    try (PointerScope _ = new PointerScope()) {
      Tensor outputs = torch.zeros(2, 3);
      MemorySegment.copy(
          OUTPUTS, 0, NativeFloats.memory(outputs), ValueLayout.JAVA_FLOAT, 0, OUTPUTS.length);
      Tensor labels = torch.arange(new Scalar(2L), new TensorOptions(ScalarType.Long));
      return loss.of(outputs, labels).item_float();
    }
  }
}
