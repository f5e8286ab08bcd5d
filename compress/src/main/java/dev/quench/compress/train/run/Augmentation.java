// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Random changes of training images, drawn anew each time an image is used.
///
/// @param shift maximum shift in pixels, vertically and horizontally; vacated pixels become
///   background
/// @param flip whether to mirror left to right with probability ½
public record Augmentation(int shift, boolean flip) {
  /// No changes.
  public static final Augmentation NONE = new Augmentation(0, false);

  /// Shifts by up to two pixels, and flips.
  public static final Augmentation SHIFT_FLIP = new Augmentation(2, true);

  public Augmentation {
    if (shift < 0) {
      throw new IllegalArgumentException("expected a shift of at least 0 pixels, got " + shift);
    }
  }
}
