// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.util.Arrays;
import java.util.Objects;

/// The class of each pixel of an image, rows from the top. Immutable, thread-safe; equality is by
/// content.
public final class Mask {
  /// The class of unlabelled pixels, as in PASCAL VOC and Cityscapes.
  public static final int IGNORE = 255;

  private final int width;
  private final int height;
  private final byte[] classes;

  private Mask(int width, int height, byte[] classes) {
    this.width = width;
    this.height = height;
    this.classes = classes;
  }

  /// @param classes `[height, width]`, unsigned; copied
  /// @throws IllegalArgumentException if a size is below 1 or their product is not the number of
  ///   classes
  public static Mask of(int width, int height, byte[] classes) {
    if (width < 1 || height < 1 || (long) width * height != classes.length) {
      throw new IllegalArgumentException(
          "a mask of %d x %d pixels with %d classes; expected one class a pixel"
              .formatted(width, height, classes.length));
    }
    return new Mask(width, height, classes.clone());
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /// The class at a pixel, 0 to 255.
  ///
  /// @throws IndexOutOfBoundsException outside the mask
  public int at(int x, int y) {
    return Byte.toUnsignedInt(
        classes[Objects.checkIndex(y, height) * width + Objects.checkIndex(x, width)]);
  }

  void addTo(Digest digest) {
    digest.number(width).number(height).bytes(classes, 0, classes.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mask mask
        && width == mask.width
        && height == mask.height
        && Arrays.equals(classes, mask.classes);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(classes);
  }

  /// For example `mask 640 x 480`.
  @Override
  public String toString() {
    return "mask " + width + " x " + height;
  }
}
