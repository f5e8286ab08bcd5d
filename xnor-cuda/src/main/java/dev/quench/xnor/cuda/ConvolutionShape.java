// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// Sizes of a two-dimensional convolution. Padding has the value 0 and adds nothing to a sum.
///
/// @param images batch size
/// @param height of the input
/// @param width of the input
/// @param stride in both dimensions
/// @param dilation distance of neighbouring taps, in both dimensions
/// @param padding on all four sides
public record ConvolutionShape(
    int images,
    int height,
    int width,
    int inChannels,
    int outChannels,
    int kernelHeight,
    int kernelWidth,
    int stride,
    int dilation,
    int padding) {
  /// The border classes hold one bit per tap in a `long`.
  private static final int MOST_TAPS = Long.SIZE;

  public ConvolutionShape {
    require("images", images, 1);
    require("height", height, 1);
    require("width", width, 1);
    require("inChannels", inChannels, 1);
    require("outChannels", outChannels, 1);
    require("kernelHeight", kernelHeight, 1);
    require("kernelWidth", kernelWidth, 1);
    require("stride", stride, 1);
    require("dilation", dilation, 1);
    require("padding", padding, 0);
    if ((long) kernelHeight * kernelWidth > MOST_TAPS) {
      throw new IllegalArgumentException(
          "a kernel of %d x %d has more than %d taps, the maximum"
              .formatted(kernelHeight, kernelWidth, MOST_TAPS));
    }
    if (steps(height, kernelHeight, stride, dilation, padding) < 1
        || steps(width, kernelWidth, stride, dilation, padding) < 1) {
      throw new IllegalArgumentException(
          "a kernel of %d x %d with dilation %d does not fit an input of %d x %d with padding %d"
              .formatted(kernelHeight, kernelWidth, dilation, height, width, padding));
    }
  }

  /// Makes a 3×3 convolution with stride 1 and padding 1: the output is as large as the input.
  public static ConvolutionShape threeByThree(
      int images, int height, int width, int inChannels, int outChannels) {
    return new ConvolutionShape(images, height, width, inChannels, outChannels, 3, 3, 1, 1, 1);
  }

  /// Rows of the output: `(height + 2 padding - dilation (kernelHeight - 1) - 1) / stride + 1`,
  /// rounded down.
  public int outHeight() {
    return (int) steps(height, kernelHeight, stride, dilation, padding);
  }

  /// Columns of the output, by the formula of [#outHeight].
  public int outWidth() {
    return (int) steps(width, kernelWidth, stride, dilation, padding);
  }

  /// Taps of the kernel: `kernelHeight * kernelWidth`.
  public int taps() {
    return kernelHeight * kernelWidth;
  }

  /// Input pixels of all images.
  public int inPixels() {
    return Math.multiplyExact(images, Math.multiplyExact(height, width));
  }

  /// Output pixels of all images.
  public int outPixels() {
    return Math.multiplyExact(images, Math.multiplyExact(outHeight(), outWidth()));
  }

  private static long steps(int size, int kernel, int stride, int dilation, int padding) {
    long room = size + 2L * padding - ((long) (kernel - 1) * dilation + 1);
    return room < 0 ? 0 : room / stride + 1;
  }

  private static void require(String name, int value, int least) {
    if (value < least || value > 1 << 20) {
      throw new IllegalArgumentException(
          "%s is %d, expected a value in [%d, %d]".formatted(name, value, least, 1 << 20));
    }
  }
}
