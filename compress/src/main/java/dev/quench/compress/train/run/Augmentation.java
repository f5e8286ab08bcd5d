// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Random changes of training images, drawn anew each time an image is shown.
///
/// @param shift up to so many pixels up, down, left and right; what comes in is background
/// @param flip mirrored left to right every second time
public record Augmentation(int shift, boolean flip) {
  /// Images as they are.
  public static final Augmentation NONE = new Augmentation(0, false);

  /// Shift by up to two pixels and flip.
  public static final Augmentation SHIFT_FLIP = new Augmentation(2, true);

  public Augmentation {
    if (shift < 0) {
      throw new IllegalArgumentException("shift must be 0 or more pixels, got " + shift);
    }
  }
}
