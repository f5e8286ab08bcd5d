// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// A binary convolution over inputs of one size, in the form a [Kernel] reads. A dense layer is a
/// convolution whose window is the whole input. Immutable, thread-safe.
public final class BinaryConvolution {
  final WeightPanels weights;
  final IndirectionBuffer indirection;
  final Epilogue epilogue;

  /// Words per output pixel.
  final int outWords;

  /// Distance in words from one output pixel to the next.
  final int bitStride;

  private BinaryConvolution(
      WeightPanels weights, IndirectionBuffer indirection, Epilogue epilogue, boolean stacked) {
    this.weights = weights;
    this.indirection = indirection;
    this.epilogue = epilogue;
    this.outWords = PackedLayout.words(weights.outChannels);
    this.bitStride = stacked ? PackedLayout.imageWords(weights.outChannels, 1) : outWords;
  }

  /// Makes a layer that outputs bits, with one threshold per channel and border class.
  ///
  /// @param images how many are computed together; 1 unless each has one output pixel
  public static BinaryConvolution toBits(
      Geometry geometry, int images, WeightPanels weights, SignThresholds rule) {
    IndirectionBuffer indirection = indirection(geometry, images, weights);
    return new BinaryConvolution(
        weights, indirection, Epilogue.of(weights, indirection, rule), images > 1);
  }

  /// Makes a layer that outputs floats.
  ///
  /// @param images how many are computed together; 1 unless each has one output pixel
  /// @param affine see [ChannelFunction#isAffine]
  public static BinaryConvolution toFloats(
      Geometry geometry, int images, WeightPanels weights, ChannelFunction affine) {
    IndirectionBuffer indirection = indirection(geometry, images, weights);
    return new BinaryConvolution(
        weights, indirection, Epilogue.of(weights, indirection, affine), images > 1);
  }

  private static IndirectionBuffer indirection(
      Geometry geometry, int images, WeightPanels weights) {
    if (images > 1 && geometry.outPixels() > 1) {
      throw new IllegalArgumentException(
          "cannot stack %d images of %d output pixels each: only images of one output pixel can be stacked"
              .formatted(images, geometry.outPixels()));
    }
    IndirectionBuffer single = IndirectionBuffer.of(geometry, PackedLayout.words(weights.channels));
    return images == 1
        ? single
        : single.stacked(images, PackedLayout.imageWords(weights.channels, geometry.pixels()));
  }

  public boolean givesBits() {
    return epilogue instanceof Epilogue.Threshold;
  }

  /// Output pixels of all images that are computed together.
  public int outPixels() {
    return indirection.pixels;
  }

  /// Number of panels of 64 output channels; the last may be half a panel.
  public int panels() {
    return weights.panels;
  }

  /// Binary multiplications that the kernels execute, including those with zero weights and pad
  /// bits.
  public long products() {
    return (long) indirection.pixels * weights.sign.length * Integer.SIZE;
  }

  /// Offset of a pixel's lanes in the arrays of the epilogue.
  int epilogueAt(int pixel) {
    return indirection.classOf[pixel] * weights.lanes();
  }

  /// Output words that hold the lanes of a panel: 2, or 1 for a final half panel.
  int wordsOf(int panel) {
    return Math.min(2, outWords - 2 * panel);
  }
}
