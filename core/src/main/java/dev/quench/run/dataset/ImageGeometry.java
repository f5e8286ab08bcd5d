// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

/// Where the pixels of a stored image went in what the model sees: a point `(x, y)` of the image is
/// at `(x scaleX + offsetX, y scaleY + offsetY)` of the input. Coordinates run along the edges of
/// the pixels: the centre of the first pixel is at 0.5.
///
/// @param imageWidth pixels of the stored image
/// @param imageHeight pixels of the stored image
/// @param inputWidth pixels of the model's input
/// @param inputHeight pixels of the model's input
public record ImageGeometry(
    int imageWidth,
    int imageHeight,
    int inputWidth,
    int inputHeight,
    double scaleX,
    double scaleY,
    double offsetX,
    double offsetY) {

  /// Neither cropped nor padded: the whole image is the whole input.
  public static ImageGeometry stretched(
      int imageWidth, int imageHeight, int inputWidth, int inputHeight) {
    return new ImageGeometry(
        imageWidth,
        imageHeight,
        inputWidth,
        inputHeight,
        inputWidth / (double) imageWidth,
        inputHeight / (double) imageHeight,
        0,
        0);
  }

  public double toInputX(double imageX) {
    return imageX * scaleX + offsetX;
  }

  public double toInputY(double imageY) {
    return imageY * scaleY + offsetY;
  }

  /// A box of the input in pixels of the stored image, cut off at its edges.
  public Box toImage(Box input) {
    return new Box(
        clamp((input.x1() - offsetX) / scaleX, imageWidth),
        clamp((input.y1() - offsetY) / scaleY, imageHeight),
        clamp((input.x2() - offsetX) / scaleX, imageWidth),
        clamp((input.y2() - offsetY) / scaleY, imageHeight));
  }

  private static double clamp(double value, int limit) {
    return Math.clamp(value, 0, (double) limit);
  }
}
