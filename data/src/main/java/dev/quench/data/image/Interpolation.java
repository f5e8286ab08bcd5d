// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// How pixels are computed when an image is resized. Positions are those of pixel centres
/// (half-pixel); results are rounded to the nearest byte, halves to even.
public enum Interpolation {
  /// The pixel at the centre.
  NEAREST,
  /// Bilinear over the two by two pixels around the centre, at any scale: `INTER_LINEAR` of OpenCV.
  BILINEAR,
  /// A triangle as wide as the scale when shrinking, so that every pixel contributes: the bilinear
  /// filter of Pillow and torchvision.
  BILINEAR_ANTIALIAS,
  /// Keys' cubic with a = -0.5, as wide as the scale when shrinking: the bicubic filter of Pillow.
  BICUBIC_ANTIALIAS,
  /// The mean over the area that a pixel covers: `INTER_AREA` of OpenCV when shrinking.
  AREA
}
