// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.LibTorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
  /// `[2, channels, 3, 4]` of whole numbers, with channels last.
  private static Tensor images(int channels) {
    LibTorch.require();
    Tensor numbers = torch.arange(new Scalar(24 * channels));
    return numbers.as_strided(
        new long[] {2, channels, 3, 4},
        new long[] {12L * channels, 1, 4L * channels, channels},
        new LongOptional(0));
  }

  @Test
  void imagesOfOneChannelHaveChannelsFirst() {
    try (PointerScope _ = new PointerScope()) {
      Tensor images = images(1);
      Tensor planar = Evaluator.planar(images);

      assertThat(images.stride(1)).isEqualTo(1);
      assertThat(planar.stride(1)).isEqualTo(12);
      assertThat(planar.equal(images)).isTrue();
      Tensor second = images.narrow(0, 1, 1);
      assertThat(Evaluator.planar(second).equal(second)).isTrue();
    }
  }

  @Test
  void othersStayAsTheyAre() {
    try (PointerScope _ = new PointerScope()) {
      Tensor images = images(3);
      assertThat(Evaluator.planar(images).stride(1)).isEqualTo(1);
      Tensor rows = images.reshape(2, 36);
      assertThat(Evaluator.planar(rows).equal(rows)).isTrue();
    }
  }
}
