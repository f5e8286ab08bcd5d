// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.lang.foreign.MemorySegment;

/// One image of NCHW floats at a time, with the affine function to apply to it. Not thread-safe.
public final class NchwSource {
  final int channels;
  final int pixels;

  /// By channel.
  final float[] factors;

  /// By channel.
  final float[] summands;

  /// Scratch of the vector kernel.
  final int[] lanes = new int[16];

  /// Native or heap memory, in the byte order of the machine.
  MemorySegment floats = MemorySegment.NULL;

  /// Offset of the image's first value, in bytes.
  long offset;

  /// @param affine see [ChannelFunction#isAffine]
  public NchwSource(ChannelFunction affine, int pixels) {
    this.channels = affine.channels();
    this.pixels = pixels;
    this.factors = affine.factors();
    this.summands = affine.summands();
  }

  /// Moves to an image.
  ///
  /// @param image number of the image in `memory`
  public NchwSource at(MemorySegment memory, int image) {
    this.floats = memory;
    this.offset = 4L * image * channels * pixels;
    return this;
  }
}
