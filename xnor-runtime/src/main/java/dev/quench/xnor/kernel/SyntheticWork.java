// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import dev.quench.graph.pattern.SlidingWindow;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// Work for one part of a kernel on synthetic data, to have it compiled.
///
/// C2 compiles a method only once, for the trip counts that it has seen, so the loops here run as
/// often as in a layer of common size.
final class SyntheticWork {
  /// The parts that are compiled separately.
  sealed interface Kind {
    /// A tile of a binary or ternary layer.
    ///
    /// @param single whether it covers one pixel
    /// @param narrow whether it covers half a panel
    record Tile(boolean ternary, boolean floats, boolean single, boolean narrow) implements Kind {}

    record Elementwise(ChannelFunction.Operator operator) implements Kind {}

    record PackNhwc() implements Kind {}

    record PackNchw() implements Kind {}
  }

  private static final int CHANNELS = 128;
  private static final int TAPS = 9;

  /// Not a multiple of the tile or vector size, so that remainders are compiled too.
  private static final int OUT_PIXELS = 2 * Kernel.TILE + 1;

  private static final int PIXELS = OUT_PIXELS + TAPS - 1;

  private final Kind kind;
  private final BinaryConvolution layer;
  private final int[] in = new int[PackedLayout.imageWords(CHANNELS, PIXELS)];
  private final int[] bits = new int[PackedLayout.imageWords(CHANNELS, PIXELS)];
  private final float[] floats = new float[PackedLayout.floats(CHANNELS) * PIXELS];
  private final NchwSource nchw =
      new NchwSource(ChannelFunction.identity(CHANNELS), PIXELS)
          .at(Arena.ofAuto().allocate(4L * CHANNELS * PIXELS, 64), 0);

  SyntheticWork(Kind kind) {
    this.kind = kind;
    this.layer =
        layer(kind instanceof Kind.Tile tile ? tile : new Kind.Tile(false, false, true, true));
  }

  void run(Kernel kernel) {
    switch (kind) {
      case Kind.Tile _ -> kernel.compute(layer, in, 0, bits, floats, 0, 0, layer.outPixels(), 0, 1);
      case Kind.Elementwise(ChannelFunction.Operator operator) ->
          kernel.elementwise(operator, floats, 0, floats, CHANNELS, floats, 0, CHANNELS);
      case Kind.PackNhwc _ -> kernel.packNhwc(floats, 0, CHANNELS, PIXELS, bits, 0);
      case Kind.PackNchw _ -> kernel.packNchw(nchw, 0, PIXELS, bits, 0);
    }
  }

  private static BinaryConvolution layer(Kind.Tile tile) {
    int out = tile.narrow() ? Integer.SIZE : WeightPanels.LANES;
    byte[] weights = new byte[out * CHANNELS * TAPS];
    Arrays.fill(weights, (byte) 1);
    weights[0] = (byte) (tile.ternary() ? 0 : -1);
    WeightPanels panels = WeightPanels.pack(weights, CHANNELS, out, 1, TAPS);
    int pixels = tile.single() ? Kernel.TILE - 1 : OUT_PIXELS;
    Geometry geometry = Geometry.of(SlidingWindow.whole(1, TAPS), 1, pixels + TAPS - 1);
    ChannelFunction identity = ChannelFunction.identity(out);
    if (tile.floats()) {
      return BinaryConvolution.toFloats(geometry, 1, panels, identity);
    }
    int[] largest = new int[out];
    Arrays.setAll(largest, panels::largestSum);
    return BinaryConvolution.toBits(geometry, 1, panels, SignThresholds.of(identity, largest));
  }
}
