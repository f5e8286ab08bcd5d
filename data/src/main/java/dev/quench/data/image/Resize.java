// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import java.util.OptionalInt;

/// How an image is resized before it is cropped. All sizes are in pixels, 1 to [#MAX_SIDE].
public sealed interface Resize {
  /// The longest side of a declaration.
  int MAX_SIDE = 1 << 14;

  /// The image keeps its size.
  record None() implements Resize {}

  /// Stretches to this size without keeping proportions.
  record Exact(int width, int height) implements Resize {
    public Exact {
      checkSide(width);
      checkSide(height);
    }
  }

  /// Keeps proportions and brings the shorter side to `size`; the other is rounded down to a whole
  /// pixel, like torchvision.
  ///
  /// @param multipleOf both sides are rounded to the nearest multiple of this, 1 for none
  /// @param limit if true, enlarges smaller images and leaves larger ones unchanged
  record ShorterSide(int size, int multipleOf, boolean limit) implements Resize {
    public ShorterSide {
      checkSide(size);
      checkSide(multipleOf);
    }
  }

  /// Keeps proportions and brings the longer side to `size`.
  ///
  /// @param multipleOf both sides are rounded to the nearest multiple of this, 1 for none
  /// @param limit if true, shrinks larger images and leaves smaller ones unchanged
  record LongerSide(int size, int multipleOf, boolean limit) implements Resize {
    public LongerSide {
      checkSide(size);
      checkSide(multipleOf);
    }
  }

  /// Keeps proportions and brings the height to `height`, for lines of text. The input gets the
  /// width of the image, at least `minimumWidth`, rounded to a multiple of `multipleOf`; padding at
  /// the right is 0 after normalization. Wider images are squeezed into `maximumWidth`.
  record FixedHeight(int height, int minimumWidth, int maximumWidth, int multipleOf)
      implements Resize {
    public FixedHeight {
      checkSide(height);
      checkSide(minimumWidth);
      checkSide(maximumWidth);
      checkSide(multipleOf);
      if (minimumWidth > maximumWidth) {
        throw new IllegalArgumentException(
            "width from %d to %d; expected the first to be no larger"
                .formatted(minimumWidth, maximumWidth));
      }
    }

    int inputWidth(int imageWidth) {
      int rounded = Math.ceilDiv(imageWidth, multipleOf) * multipleOf;
      return Math.clamp(rounded, minimumWidth, maximumWidth);
    }
  }

  /// Keeps proportions, makes the image as large as fits, and pads the rest.
  ///
  /// @param fill the byte of the padding in every channel; empty for 0 *after* normalization
  /// @param centered whether the image is centred, else at the upper left
  record Letterbox(int width, int height, OptionalInt fill, boolean centered) implements Resize {
    public Letterbox {
      checkSide(width);
      checkSide(height);
      if (fill.isPresent() && (fill.getAsInt() < 0 || fill.getAsInt() > 255)) {
        throw new IllegalArgumentException("fill " + fill.getAsInt() + ", expected 0 to 255");
      }
    }
  }

  private static void checkSide(int size) {
    if (size < 1 || size > MAX_SIDE) {
      throw new IllegalArgumentException(
          "size %d, expected 1 to %d pixels".formatted(size, MAX_SIDE));
    }
  }
}
