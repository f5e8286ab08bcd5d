// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.distill;

import java.util.ArrayList;
import java.util.List;

/// How a network learns from a trained one, its teacher.
///
/// The whole loss is (1 − α) · labels + α · T² · KL(softmax(t / T) ‖ softmax(s / T)) + hints +
/// attention, where t and s are the logits of teacher and student.
///
/// Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, 2015, section 2.
///
/// @param temperature T, above 0; higher ones show more of the teacher's small probabilities
/// @param softTargets α, the share of the teacher's outputs in the loss, in `[0, 1]`
/// @param hints tensors whose values the student learns to predict
/// @param attention tensors whose spatial attention the student learns to match
public record Distillation(
    double temperature, double softTargets, List<Hint> hints, List<Attention> attention) {
  /// T = 4 and α = 0.9, without hints and attention.
  public static final Distillation DEFAULT = new Distillation(4, 0.9, List.of(), List.of());

  /// The mean of (u − r(v))², where u and v are the tensors and r is a linear map of the channels
  /// that is trained too and not exported. Larger maps are averaged down to the size of smaller
  /// ones.
  ///
  /// Source: Romero et al., FitNets, ICLR 2015, eq. 3. Differs from it: a mean in place of half the
  /// sum, and trained together with the other losses.
  ///
  /// @param teacher name of a tensor of the teacher, `[N, C, H, W]`, `[N, L, C]` or `[N, C]`
  /// @param student name of a tensor of the student, of the same rank
  /// @param weight factor, above 0
  public record Hint(String teacher, String student, double weight) {
    public Hint {
      requireWeight("hint", teacher, weight);
    }
  }

  /// Half the mean of (q(u) − q(v))², where q(a) is the mean of a² over the channels, as a vector
  /// of unit length. Larger maps are averaged down to the size of smaller ones.
  ///
  /// Source: Zagoruyko and Komodakis, Paying More Attention to Attention, ICLR 2017, eq. 2, with
  /// the mean that its code takes in place of the norm.
  ///
  /// @param teacher name of a tensor of the teacher, `[N, C, H, W]`
  /// @param student name of a tensor of the student, `[N, C, H, W]`
  /// @param weight factor, above 0; 1000 in the source
  public record Attention(String teacher, String student, double weight) {
    public Attention {
      requireWeight("attention", teacher, weight);
    }
  }

  public Distillation {
    hints = List.copyOf(hints);
    attention = List.copyOf(attention);
    if (!(temperature > 0) || temperature == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the temperature must be above 0 and finite, got " + temperature);
    }
    if (!(softTargets >= 0 && softTargets <= 1)) {
      throw new IllegalArgumentException(
          "the share of soft targets must be in [0, 1], got " + softTargets);
    }
    if (softTargets == 0 && hints.isEmpty() && attention.isEmpty()) {
      throw new IllegalArgumentException(
          "a teacher needs a share of soft targets above 0, hints or attention; got none of them");
    }
  }

  private static void requireWeight(String what, String tensor, double weight) {
    if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the weight of the %s '%s' must be above 0 and finite, got %s"
              .formatted(what, tensor, weight));
    }
  }

  /// The teacher's tensors, hints first.
  List<String> teacherTensors() {
    List<String> names = new ArrayList<>();
    hints.forEach(hint -> names.add(hint.teacher()));
    attention.forEach(pair -> names.add(pair.teacher()));
    return names;
  }
}
