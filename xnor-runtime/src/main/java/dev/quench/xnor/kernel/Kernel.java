// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// The inner loops of binary layers. Stateless and thread-safe; several threads may compute
/// disjoint parts of one output. All implementations give the same results to the bit.
public interface Kernel {
  /// Pixels that are computed together. A remainder costs a whole tile; fewer pixels than one tile
  /// are computed one by one.
  int TILE = 6;

  /// One line for reports: the implementation and its vector width.
  String description();

  /// Computes output pixels `[firstPixel, endPixel)` of one image in panels `[firstPanel,
  /// endPanel)`.
  ///
  /// @param in packed bits; the image, with its row of zeros, starts at `inAt`
  /// @param bits output of a layer that outputs bits: pixel `p` at `outAt + p * bitStride`
  /// @param floats output of a layer that outputs floats: pixel `p` at `outAt + p * 32 * words`
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

  /// Applies an operator elementwise to two rows of floats and rounds each result to float; `out`
  /// may be one of the operands.
  ///
  /// @param leftAt offset of the first left operand in `left`; likewise `rightAt` and `outAt`
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

  /// Packs the signs of NHWC floats: pixel `p` from `from + p * 32 * words` to `to + p * words`.
  /// The padding of a pixel must not hold NaN.
  ///
  /// @param pixels how many
  /// @return false if a value is NaN; its bit is undefined
  boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to);

  /// Packs the signs of NCHW floats after an affine function: the value of channel `c` and pixel
  /// `p` from `from + c * pixels + p` to `to + p * words`.
  ///
  /// @param firstPixel first pixel to pack
  /// @param endPixel end of the pixels to pack, exclusive
  /// @return false if a value is NaN before or after the function
  boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to);
}
