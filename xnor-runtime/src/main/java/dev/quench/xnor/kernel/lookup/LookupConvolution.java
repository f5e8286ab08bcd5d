// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.Kernels;
import java.util.Arrays;

/// A convolution of stride 1 whose weights are words and codes, on images of one size; a product is
/// one of 1 x 1.
///
/// For each piece of the input channels: the inner products of every pixel with all words, then for
/// each output and place of the kernel the table of its word, shifted to that place, is added. A
/// pixel costs C·K multiplications, and T·M additions an output in place of T·C. Rows of the padded
/// image lie one behind the other, so that a shift is an offset; sums between the rows of the
/// output are computed and thrown away. Source: Wu et al., Quantized convolutional neural networks
/// for mobile devices, CVPR 2016, section 3.1. Not thread-safe: it owns its tables.
public final class LookupConvolution {
  private final LookupKernel kernel;
  private final CodebookWeights weights;
  private final Geometry geometry;
  private final int paddedWidth;
  private final int size;
  private final float[] bias;
  private final float[] words;
  private final int[] starts;
  private final float[] planes;
  private final float[] tables;
  private final float[] sums;

  /// @param bias by output; copied
  /// @throws IllegalArgumentException unless the stride is 1 and the sizes fit
  public LookupConvolution(CodebookWeights weights, float[] bias, Geometry geometry) {
    this(weights, bias, geometry, chosen());
  }

  LookupConvolution(CodebookWeights weights, float[] bias, Geometry geometry, LookupKernel kernel) {
    if (geometry.vertical().stride() != 1 || geometry.horizontal().stride() != 1) {
      throw new IllegalArgumentException("tables need a stride of 1, got " + geometry);
    }
    if (weights.taps() != geometry.taps() || bias.length != weights.outputs()) {
      throw new IllegalArgumentException(
          "weights of %d outputs and %d places do not fit %d biases and %d places"
              .formatted(weights.outputs(), weights.taps(), bias.length, geometry.taps()));
    }
    this.kernel = kernel;
    this.weights = weights;
    this.geometry = geometry;
    this.bias = bias.clone();
    int extent = (geometry.horizontal().kernel() - 1) * geometry.horizontal().dilation();
    int reach = (geometry.vertical().kernel() - 1) * geometry.vertical().dilation();
    paddedWidth = geometry.outWidth() + extent;
    int pixels = Math.multiplyExact(geometry.outHeight() + reach, paddedWidth);
    size = Math.ceilDiv(pixels, LookupKernel.BLOCK) * LookupKernel.BLOCK;
    words = words(weights);
    starts = starts(weights, geometry, paddedWidth, size);
    planes = new float[Math.multiplyExact(weights.length(), size)];
    // A block that begins near the end of the last table reads on, shifted: what it finds is not
    // used.
    int largestShift = reach * paddedWidth + extent;
    tables = new float[Math.addExact(Math.multiplyExact(weights.words(), size), largestShift)];
    sums = new float[Math.multiplyExact(weights.outputs(), size)];
  }

  private static LookupKernel chosen() {
    if (Kernels.chosen().description().startsWith("Vector API")) {
      try {
        return vector();
      } catch (ReflectiveOperationException | LinkageError e) {
        System.getLogger(LookupConvolution.class.getName())
            .log(System.Logger.Level.WARNING, "Layers of words and codes run in plain Java", e);
      }
    }
    return new ScalarLookup();
  }

  static LookupKernel vector() throws ReflectiveOperationException {
    return Class.forName("dev.quench.xnor.kernel.lookup.VectorLookup")
        .asSubclass(LookupKernel.class)
        .getDeclaredConstructor()
        .newInstance();
  }

  /// `[M, K, length]`.
  private static float[] words(CodebookWeights weights) {
    float[] words = new float[weights.channels() * weights.words()];
    for (int m = 0, at = 0; m < weights.pieces(); m++) {
      for (int k = 0; k < weights.words(); k++) {
        for (int j = 0; j < weights.length(); j++) {
          words[at++] = weights.word(m, k, j);
        }
      }
    }
    return words;
  }

  /// Where the table of each code begins, shifted to its place: `[M, O, T]`.
  private static int[] starts(
      CodebookWeights weights, Geometry geometry, int paddedWidth, int size) {
    int columns = geometry.horizontal().kernel();
    int[] starts = new int[weights.pieces() * weights.outputs() * weights.taps()];
    for (int m = 0, at = 0; m < weights.pieces(); m++) {
      for (int o = 0; o < weights.outputs(); o++) {
        for (int t = 0; t < weights.taps(); t++) {
          int row = t / columns * geometry.vertical().dilation();
          int column = t % columns * geometry.horizontal().dilation();
          starts[at++] =
              Math.addExact(
                  Math.multiplyExact(weights.code(o, t, m), size), row * paddedWidth + column);
        }
      }
    }
    return starts;
  }

  /// Convolves one image.
  ///
  /// @param in `[C, H, W]`, from `inAt` on
  /// @param out receives `[O, outH, outW]` from `outAt` on
  public void compute(float[] in, int inAt, float[] out, int outAt) {
    for (int o = 0; o < bias.length; o++) {
      Arrays.fill(sums, o * size, (o + 1) * size, bias[o]);
    }
    int length = weights.length();
    int block = weights.outputs() * weights.taps();
    for (int m = 0; m < weights.pieces(); m++) {
      fillPlanes(in, inAt + m * length * geometry.pixels());
      kernel.multiply(
          planes, size, words, m * weights.words() * length, length, weights.words(), tables);
      kernel.add(tables, starts, m * block, weights.taps(), weights.outputs(), sums, size);
    }
    int width = geometry.outWidth();
    for (int o = 0; o < bias.length; o++) {
      for (int row = 0; row < geometry.outHeight(); row++) {
        int to = outAt + (o * geometry.outHeight() + row) * width;
        System.arraycopy(sums, o * size + row * paddedWidth, out, to, width);
      }
    }
  }

  /// What lies around the image stays zero.
  private void fillPlanes(float[] in, int from) {
    int width = geometry.width();
    int left = geometry.left();
    int copied = Math.min(width, paddedWidth - left);
    int rows = Math.min(geometry.height(), size / paddedWidth - geometry.top());
    for (int j = 0; j < weights.length(); j++) {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            in,
            from + (j * geometry.height() + row) * width,
            planes,
            j * size + (geometry.top() + row) * paddedWidth + left,
            copied);
      }
    }
  }
}
