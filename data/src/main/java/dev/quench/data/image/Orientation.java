// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// Which way up an image is taken.
public enum Orientation {
  /// As its pixels are stored, as PIL's `Image.open` gives them.
  STORED,
  /// Turned and mirrored as its EXIF orientation tag says, as OpenCV's `imread` gives it.
  EXIF
}
