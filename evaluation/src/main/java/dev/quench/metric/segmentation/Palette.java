// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

/// The colours of classes, as in PASCAL VOC's masks: the bits of the class index, from the lowest,
/// go in turn to red, green and blue, the highest bit of each first. Class 0 is black. Stateless,
/// thread-safe.
public final class Palette {
  private Palette() {}

  /// A colour as 0xRRGGBB; neighbouring classes differ clearly, and all 256 differ.
  ///
  /// @param index 0 to 255
  /// @throws IllegalArgumentException outside that
  public static int color(int index) {
    if (index < 0 || index > 255) {
      throw new IllegalArgumentException("class " + index + ", expected 0 to 255");
    }
    int color = 0;
    for (int bit = 0; bit < 8; bit++) {
      if ((index >> bit & 1) != 0) {
        int level = 1 << (7 - bit / 3);
        color |= level << (16 - 8 * (bit % 3));
      }
    }
    return color;
  }
}
