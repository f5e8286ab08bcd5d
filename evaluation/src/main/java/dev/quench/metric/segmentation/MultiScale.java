// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import java.util.List;

/// The sizes in which a segmentation network evaluates each image.
///
/// @param scales of the input's height and width, each above 0 and at most 8
/// @param flip whether to evaluate each size mirrored left to right as well
/// @param multipleOf scaled sizes are rounded to the nearest multiple, as the network needs them
/// @param logits whether the network returns logits, to which a softmax over the classes is
///   applied; false if it returns probabilities
public record MultiScale(List<Double> scales, boolean flip, int multipleOf, boolean logits) {
  /// 0.5 to 1.75 in steps of a quarter, and mirrored: the usual protocol for published figures.
  public static final MultiScale STANDARD =
      new MultiScale(List.of(0.5, 0.75, 1.0, 1.25, 1.5, 1.75), true, 32, true);

  public MultiScale {
    if (scales.isEmpty() || scales.stream().anyMatch(scale -> !(scale > 0 && scale <= 8))) {
      throw new IllegalArgumentException("scales " + scales + ", expected some above 0 up to 8");
    }
    if (multipleOf < 1) {
      throw new IllegalArgumentException("sizes are multiples of 1 or more, got " + multipleOf);
    }
    scales = List.copyOf(scales);
  }

  int scaled(int size, double scale) {
    int multiples = (int) Math.max(1, Math.rint(size * scale / multipleOf));
    return multiples * multipleOf;
  }
}
