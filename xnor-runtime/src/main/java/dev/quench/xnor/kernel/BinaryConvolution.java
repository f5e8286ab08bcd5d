// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// A binary convolution over inputs of one size, ready for a [Kernel]. A dense layer is a
/// convolution whose window is the whole input. Immutable, thread-safe.
public final class BinaryConvolution {
  final WeightPanels weights;
  final IndirectionBuffer indirection;
  final Epilogue epilogue;

  /// Words of one output pixel.
  final int outWords;

  /// Words from one output pixel to the next.
  final int bitStride;

  private BinaryConvolution(
      WeightPanels weights, IndirectionBuffer indirection, Epilogue epilogue, boolean stacked) {
    this.weights = weights;
    this.indirection = indirection;
    this.epilogue = epilogue;
    this.outWords = PackedLayout.words(weights.outChannels);
    this.bitStride = stacked ? PackedLayout.imageWords(weights.outChannels, 1) : outWords;
  }

  /// A layer that gives bits by one threshold a channel and border class.
  ///
  /// @param images how many are computed together; only of one output pixel each may it be several
  public static BinaryConvolution toBits(
      Geometry geometry, int images, WeightPanels weights, SignThresholds rule) {
    IndirectionBuffer indirection = indirection(geometry, images, weights);
    return new BinaryConvolution(
        weights, indirection, Epilogue.of(weights, indirection, rule), images > 1);
  }

  /// A layer that gives floats.
  ///
  /// @param images how many are computed together; only of one output pixel each may it be several
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
          "%d images of %d pixels each cannot be one row".formatted(images, geometry.outPixels()));
    }
    IndirectionBuffer single = IndirectionBuffer.of(geometry, PackedLayout.words(weights.channels));
    return images == 1
        ? single
        : single.stacked(images, PackedLayout.imageWords(weights.channels, geometry.pixels()));
  }

  public boolean givesBits() {
    return epilogue instanceof Epilogue.Threshold;
  }

  /// Output pixels, of all images that are computed together.
  public int outPixels() {
    return indirection.pixels;
  }

  public int panels() {
    return weights.panels;
  }

  /// Binary multiplications, those with zero weights and pad bits included: what the kernels do.
  public long products() {
    return (long) indirection.pixels * weights.sign.length * Integer.SIZE;
  }

  /// Where the lanes of a pixel start in the arrays of the epilogue.
  int epilogueAt(int pixel) {
    return indirection.classOf[pixel] * weights.lanes();
  }

  /// Output words that hold the lanes of a panel: two, or one in a last half panel.
  int wordsOf(int panel) {
    return Math.min(2, outWords - 2 * panel);
  }
}
