// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import java.util.ArrayList;
import java.util.List;

/// Classifies the output pixels of a convolution by the taps that lie in the padding: nine classes
/// for 3×3 with padding 1.
final class Borders {
  /// A side of k taps can overlap the border in at most 2 k ways, so 64 taps give at most this many
  /// classes.
  private static final int MOST_CLASSES = 256;

  private final ConvolutionShape shape;
  private final byte[] byPixel;
  private final List<Long> classes;

  private Borders(ConvolutionShape shape, byte[] byPixel, List<Long> classes) {
    this.shape = shape;
    this.byPixel = byPixel;
    this.classes = classes;
  }

  static Borders of(ConvolutionShape shape) {
    List<Long> classes = new ArrayList<>();
    byte[] byPixel = new byte[Math.multiplyExact(shape.outHeight(), shape.outWidth())];
    for (int y = 0; y < shape.outHeight(); y++) {
      for (int x = 0; x < shape.outWidth(); x++) {
        long taps = realTaps(shape, y, x);
        int index = classes.indexOf(taps);
        if (index < 0) {
          index = classes.size();
          classes.add(taps);
        }
        assert index < MOST_CLASSES : shape;
        byPixel[y * shape.outWidth() + x] = (byte) index;
      }
    }
    return new Borders(shape, byPixel, List.copyOf(classes));
  }

  private static long realTaps(ConvolutionShape shape, int y, int x) {
    long taps = 0;
    for (int tap = 0; tap < shape.taps(); tap++) {
      int row = y * shape.stride() - shape.padding() + tap / shape.kernelWidth() * shape.dilation();
      int column =
          x * shape.stride() - shape.padding() + tap % shape.kernelWidth() * shape.dilation();
      if (row >= 0 && row < shape.height() && column >= 0 && column < shape.width()) {
        taps |= 1L << tap;
      }
    }
    return taps;
  }

  /// Class of each output pixel of an image, unsigned.
  byte[] byPixel() {
    return byPixel.clone();
  }

  int classes() {
    return classes.size();
  }

  /// The values of [ProductForm#base] by class and output channel.
  ///
  /// @param weights one row per tap of each output channel, channels outermost
  int[] bases(PackedBits weights, ProductForm form) {
    int[] bases = new int[Math.multiplyExact(classes(), shape.outChannels())];
    for (int border = 0; border < classes(); border++) {
      long real = classes.get(border);
      for (int channel = 0; channel < shape.outChannels(); channel++) {
        int realOnes = 0;
        int paddedOnes = 0;
        for (int tap = 0; tap < shape.taps(); tap++) {
          int ones = weights.negatives(channel * shape.taps() + tap);
          if ((real >>> tap & 1) != 0) {
            realOnes += ones;
          } else {
            paddedOnes += ones;
          }
        }
        int realValues = Long.bitCount(real) * shape.inChannels();
        bases[border * shape.outChannels() + channel] = form.base(realValues, realOnes, paddedOnes);
      }
    }
    return bases;
  }
}
