// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.distill;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.Types;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// The losses of a [Distillation], each without its weight. The teacher's tensors take no gradient.
public final class DistillationLosses {
  private static final Scalar HALF = new Scalar(0.5).<Scalar>retainReference();

  /// Keeps images of zeros finite.
  private static final Scalar EPSILON = new Scalar(1e-12).<Scalar>retainReference();

  private DistillationLosses() {}

  /// T² · KL(softmax(t / T) ‖ softmax(s / T)), the mean over the batch. The factor T² keeps its
  /// gradient as large as that of the labels' loss at every temperature.
  ///
  /// @param student logits s, `[batch, classes]`
  /// @param teacher logits t, of the same shape
  public static Tensor softTargets(Tensor student, Tensor teacher, double temperature) {
    Scalar divisor = new Scalar(temperature);
    Tensor expected = torch.log_softmax(teacher.div(divisor), 1);
    Tensor predicted = torch.log_softmax(student.div(divisor), 1);
    return torch
        .exp(expected)
        .mul(expected.sub(predicted))
        .sum(new long[] {1}, false, Types.KEEP)
        .mean(new long[] {0}, false, Types.KEEP)
        .mul(new Scalar(temperature * temperature));
  }

  /// The mean of the squared differences.
  ///
  /// @param mapped the student's tensor, mapped to the teacher's channels
  public static Tensor hint(Tensor mapped, Tensor teacher) {
    Tensor[] same = ofOneSize(mapped, teacher);
    return torch.mse_loss(same[0], same[1]);
  }

  /// Half the mean of the squared differences of normalized attention.
  ///
  /// @param student `[batch, channels, height, width]`
  /// @param teacher likewise, of any number of channels
  public static Tensor attention(Tensor student, Tensor teacher) {
    Tensor[] same = ofOneSize(student, teacher);
    return torch.mse_loss(attention(same[0]), attention(same[1])).mul(HALF);
  }

  private static Tensor attention(Tensor x) {
    Tensor energy = torch.square(x).mean(new long[] {1}, false, Types.KEEP).flatten(1, -1);
    Tensor norm = torch.linalg_vector_norm(energy, Constants.TWO, new long[] {1}, true, Types.KEEP);
    return energy.div(norm.clamp_min(EPSILON));
  }

  /// Averages the larger of two images down to the height and width of the other.
  private static Tensor[] ofOneSize(Tensor a, Tensor b) {
    if (a.dim() != 4 || (a.size(2) == b.size(2) && a.size(3) == b.size(3))) {
      return new Tensor[] {a, b};
    }
    long height = Math.min(a.size(2), b.size(2));
    long width = Math.min(a.size(3), b.size(3));
    return new Tensor[] {
      torch.adaptive_avg_pool2d(a, height, width), torch.adaptive_avg_pool2d(b, height, width)
    };
  }
}
