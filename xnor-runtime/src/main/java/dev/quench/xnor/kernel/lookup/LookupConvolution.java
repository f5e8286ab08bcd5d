// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Geometry;
import java.util.Arrays;

/// A convolution of stride 1 whose weights are words and codes, on images of one size; a product is
/// one of 1 x 1.
///
/// For each piece of the input channels: the inner products of every pixel with all words, then for
/// each output and place of the kernel the table of its word, shifted to that place, is added. A
/// pixel costs C·K multiplications, and T·M additions an output in place of T·C. Rows of the padded
/// image lie one behind the other, so that a shift is an offset; sums between the rows of the
/// output are computed and thrown away. Source: Wu et al., Quantized convolutional neural networks
/// for mobile devices, CVPR 2016, section 3.1.
///
/// The output is computed in bands of rows, which threads share. Immutable, thread-safe; each
/// thread brings its own [LookupScratch].
public final class LookupConvolution {
  private final LookupKernel kernel;
  private final CodebookWeights weights;
  private final Geometry geometry;
  private final ChannelFunction function;
  private final int rows;
  private final int paddedRows;
  private final int paddedWidth;
  private final int size;
  private final int largestShift;
  private final float[] bias;
  private final float[] words;
  private final int[] starts;

  /// @param bias by output; copied
  /// @param function of the sums and the bias
  /// @param bands of equally many rows; more than there are rows count as one a row
  /// @throws IllegalArgumentException unless the stride is 1 and the sizes fit
  /// @throws ArithmeticException if the tables would have 2³¹ elements or more
  public LookupConvolution(
      CodebookWeights weights,
      float[] bias,
      ChannelFunction function,
      Geometry geometry,
      int bands) {
    this(weights, bias, function, geometry, bands, LookupKernels.chosen());
  }

  LookupConvolution(
      CodebookWeights weights,
      float[] bias,
      ChannelFunction function,
      Geometry geometry,
      int bands,
      LookupKernel kernel) {
    if (geometry.vertical().stride() != 1 || geometry.horizontal().stride() != 1) {
      throw new IllegalArgumentException("tables need a stride of 1, got " + geometry);
    }
    if (weights.taps() != geometry.taps()
        || bias.length != weights.outputs()
        || function.channels() != weights.outputs()) {
      throw new IllegalArgumentException(
          "weights of %d outputs and %d places do not fit %d biases, a function of %d channels and %d places"
              .formatted(
                  weights.outputs(),
                  weights.taps(),
                  bias.length,
                  function.channels(),
                  geometry.taps()));
    }
    this.kernel = kernel;
    this.weights = weights;
    this.geometry = geometry;
    this.function = function;
    this.bias = bias.clone();
    rows = Math.max(1, Math.ceilDiv(geometry.outHeight(), bands));
    int extent = (geometry.horizontal().kernel() - 1) * geometry.horizontal().dilation();
    int reach = (geometry.vertical().kernel() - 1) * geometry.vertical().dilation();
    paddedRows = rows + reach;
    paddedWidth = geometry.outWidth() + extent;
    int pixels = Math.multiplyExact(paddedRows, paddedWidth);
    size = Math.multiplyExact(Math.ceilDiv(pixels, LookupKernel.BLOCK), LookupKernel.BLOCK);
    largestShift = Math.multiplyExact(reach, paddedWidth) + extent;
    words = words(weights);
    starts = starts(weights, geometry, paddedWidth, size);
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

  /// Bands of the output of one image.
  public int bands() {
    return Math.ceilDiv(geometry.outHeight(), rows);
  }

  /// Multiplications and additions for one image.
  public long operations() {
    long pixels = geometry.outPixels();
    long uses = (long) weights.outputs() * weights.taps();
    return pixels * ((long) weights.channels() * weights.words() + uses * weights.pieces());
  }

  /// Memory for one thread.
  public LookupScratch newScratch() {
    // A block that begins near the end of the last table reads on, shifted: what it finds is not
    // used.
    return new LookupScratch(
        Math.multiplyExact(weights.length(), size),
        Math.addExact(Math.multiplyExact(weights.words(), size), largestShift),
        Math.multiplyExact(weights.outputs(), size));
  }

  /// Convolves a band of one image.
  ///
  /// @param in `[C, H, W]`, from `inAt` on
  /// @param out receives rows of `[O, outH, outW]` from `outAt` on
  public void compute(
      float[] in, int inAt, int band, float[] out, int outAt, LookupScratch scratch) {
    for (int o = 0; o < bias.length; o++) {
      Arrays.fill(scratch.sums, o * size, (o + 1) * size, bias[o]);
    }
    int length = weights.length();
    int block = weights.outputs() * weights.taps();
    int count = weights.words();
    for (int m = 0; m < weights.pieces(); m++) {
      fillPlanes(in, inAt + m * length * geometry.pixels(), band * rows, scratch.planes);
      kernel.multiply(
          scratch.planes, size, words, m * count * length, length, count, scratch.tables);
      kernel.add(
          scratch.tables, starts, m * block, weights.taps(), weights.outputs(), scratch.sums, size);
    }
    write(band * rows, scratch.sums, out, outAt);
  }

  /// Columns beside the image are never written and stay zero.
  private void fillPlanes(float[] in, int from, int firstRow, float[] planes) {
    int width = geometry.width();
    for (int j = 0; j < weights.length(); j++) {
      for (int row = 0; row < paddedRows; row++) {
        int to = j * size + row * paddedWidth + geometry.left();
        int source = firstRow + row - geometry.top();
        if (source >= 0 && source < geometry.height()) {
          System.arraycopy(in, from + (j * geometry.height() + source) * width, planes, to, width);
        } else {
          Arrays.fill(planes, to, to + width, 0);
        }
      }
    }
  }

  private void write(int firstRow, float[] sums, float[] out, int outAt) {
    int width = geometry.outWidth();
    int end = Math.min(geometry.outHeight(), firstRow + rows);
    for (int o = 0; o < bias.length; o++) {
      int plane = outAt + o * geometry.outPixels();
      for (int row = firstRow; row < end; row++) {
        int from = o * size + (row - firstRow) * paddedWidth;
        System.arraycopy(sums, from, out, plane + row * width, width);
      }
      for (int step = 0; step < function.steps().size(); step++) {
        ChannelFunction.Step each = function.steps().get(step);
        apply(each.operator, each.operands[o], out, plane + firstRow * width, plane + end * width);
      }
    }
  }

  /// One short loop for each operator, which C2 turns into vectors.
  private static void apply(
      ChannelFunction.Operator operator, float operand, float[] floats, int start, int end) {
    switch (operator) {
      case MULTIPLY -> {
        for (int i = start; i < end; i++) {
          floats[i] *= operand;
        }
      }
      case ADD -> {
        for (int i = start; i < end; i++) {
          floats[i] += operand;
        }
      }
      case MAXIMUM, MINIMUM, LEAKY_RELU -> {
        for (int i = start; i < end; i++) {
          floats[i] = operator.apply(floats[i], operand);
        }
      }
    }
  }
}
