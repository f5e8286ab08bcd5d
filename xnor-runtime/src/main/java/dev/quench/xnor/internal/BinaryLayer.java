// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

/// A binary convolution over inputs of one size, ready for a [Kernel]. A dense layer is a
/// convolution whose window is the whole input. Immutable, thread-safe.
public final class BinaryLayer {
  final WeightPanels weights;
  final Indirection indirection;
  final Epilogue epilogue;
  final int imageWords;
  final int outWords;

  private BinaryLayer(
      Geometry geometry, WeightPanels weights, Indirection indirection, Epilogue epilogue) {
    this.weights = weights;
    this.indirection = indirection;
    this.epilogue = epilogue;
    this.imageWords = Bits.imageWords(weights.channels, geometry.pixels());
    this.outWords = Bits.words(weights.outChannels);
  }

  /// A layer that gives bits by one threshold a channel and border class.
  public static BinaryLayer toBits(Geometry geometry, WeightPanels weights, SignRule rule) {
    Indirection indirection = Indirection.of(geometry, Bits.words(weights.channels));
    return new BinaryLayer(geometry, weights, indirection, Epilogue.of(weights, indirection, rule));
  }

  /// A layer that gives floats.
  ///
  /// @param affine see [ChannelFunction#isAffine]
  public static BinaryLayer toFloats(
      Geometry geometry, WeightPanels weights, ChannelFunction affine) {
    Indirection indirection = Indirection.of(geometry, Bits.words(weights.channels));
    return new BinaryLayer(
        geometry, weights, indirection, Epilogue.of(weights, indirection, affine));
  }

  public boolean givesBits() {
    return epilogue instanceof Epilogue.Threshold;
  }

  public int outPixels() {
    return indirection.pixels;
  }

  int panels() {
    return weights.panels;
  }

  /// Output words that hold the lanes of a panel: two, or one in a last half panel.
  int wordsOf(int panel) {
    return Math.min(2, outWords - 2 * panel);
  }
}
