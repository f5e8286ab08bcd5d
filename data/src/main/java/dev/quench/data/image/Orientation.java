// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// The orientation of a decoded image.
public enum Orientation {
  /// As stored, like PIL's `Image.open`.
  STORED,
  /// Rotated and mirrored by its EXIF orientation tag, like OpenCV's `imread`.
  EXIF
}
