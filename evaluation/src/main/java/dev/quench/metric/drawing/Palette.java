// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

/// The colours of classes in PASCAL VOC's masks: the bits of the class index, from the lowest, are
/// assigned to red, green and blue in turn, starting at the highest bit of each. Class 0 is black.
/// Stateless, thread-safe.
public final class Palette {
  private Palette() {}

  /// A colour as 0xRRGGBB; all 256 are distinct, and neighbouring classes differ clearly.
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
