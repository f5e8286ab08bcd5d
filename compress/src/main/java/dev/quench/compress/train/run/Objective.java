// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.List;

/// What training minimizes.
///
/// @param loss of the first output
/// @param labelSmoothing share ε of each label that is spread evenly over all classes, with
///   [Loss#CROSS_ENTROPY]; in `[0, 1)`. Source: Szegedy et al., Rethinking the Inception
///   Architecture, CVPR 2016, section 7
/// @param others losses of further outputs, added to it
public record Objective(Loss loss, double labelSmoothing, List<OutputLoss> others) {
  /// Cross-entropy of the first output.
  public static final Objective CROSS_ENTROPY = of(Loss.CROSS_ENTROPY);

  /// The loss of one more output, on the same labels.
  ///
  /// @param output a graph output `[N, classes]`
  /// @param weight factor on the loss
  public record OutputLoss(String output, Loss loss, double weight) {
    public OutputLoss {
      if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "the weight of the loss of '%s' must be above 0 and finite, got %s"
                .formatted(output, weight));
      }
    }
  }

  public Objective {
    others = List.copyOf(others);
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "label smoothing must be in [0, 1), got " + labelSmoothing);
    }
    if (labelSmoothing > 0 && loss != Loss.CROSS_ENTROPY) {
      throw new IllegalArgumentException(
          "label smoothing needs the cross-entropy loss, got " + loss);
    }
  }

  /// The loss of the first output alone.
  public static Objective of(Loss loss) {
    return new Objective(loss, 0, List.of());
  }

  public Objective withLabelSmoothing(double share) {
    return new Objective(loss, share, others);
  }

  public Objective withOthers(List<OutputLoss> chosen) {
    return new Objective(loss, labelSmoothing, chosen);
  }
}
