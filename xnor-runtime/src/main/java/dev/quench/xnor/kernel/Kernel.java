// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// The inner loops. Stateless and thread-safe; several threads may compute disjoint parts of one
/// output. Results do not depend on the implementation.
public interface Kernel {
  /// Pixels that are computed together; what is left over costs a whole tile, but fewer pixels than
  /// one tile are computed one by one.
  int TILE = 6;

  /// One line for reports: what computes, and how wide.
  String description();

  /// Waits until what was asked for so far runs as fast as it will.
  default void settle() {}

  /// Computes output pixels `[firstPixel, endPixel)` of one image in panels `[firstPanel,
  /// endPanel)`.
  ///
  /// @param in bits; the image, with its row of zeros, starts at `inAt`
  /// @param bits where a layer that gives bits writes: pixel `p` at `outAt + p * bitStride`
  /// @param floats where a layer that gives floats writes: pixel `p` at `outAt + p * 32 * words`
  void compute(
      BinaryConvolution layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int firstPanel,
      int endPanel);

  /// Applies an operator to two rows of floats one by one, each result rounded to float; `out` may
  /// be one of the operands.
  ///
  /// @param leftAt where the left operands start in `left`, likewise the others
  /// @param length a multiple of 32
  void elementwise(
      ChannelFunction.Operator operator,
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int length);

  /// Packs the signs of NHWC floats: pixel `p` at `from + p * 32 * words` to `to + p * words`. What
  /// pads a pixel must be numbers.
  ///
  /// @param pixels how many
  /// @return whether all were numbers; the bits of a NaN are not defined
  boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to);

  /// Packs the signs of NCHW floats after an affine function: the value of channel `c` and pixel
  /// `p` at `from + c * pixels + p` to `to + p * words`.
  ///
  /// @param firstPixel of those to pack
  /// @param endPixel after the last one to pack
  /// @return whether all were numbers, after the function too
  boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to);
}
