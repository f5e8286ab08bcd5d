// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Shapes as the command line writes them: `1x3x224x224`.
public final class Shapes {
  private Shapes() {}

  /// Reads sizes separated by `x`.
  ///
  /// @throws IllegalArgumentException if a size is not a number above 0 or the product overflows
  public static Shape parse(String text) {
    try {
      long[] sizes =
          Arrays.stream(text.strip().split("x", -1)).mapToLong(Long::parseLong).toArray();
      if (Arrays.stream(sizes).anyMatch(size -> size < 1)) {
        throw refused(text, null);
      }
      Shape shape = Shape.of(sizes);
      Math.multiplyExact(shape.elements(), Double.BYTES);
      return shape;
    } catch (NumberFormatException | ArithmeticException e) {
      throw refused(text, e);
    }
  }

  private static IllegalArgumentException refused(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "'"
            + Printable.escape(text)
            + "': expected sizes of 1 or more separated by x, such as 1x3x224x224",
        cause);
  }
}
