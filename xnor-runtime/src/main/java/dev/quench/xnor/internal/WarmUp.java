// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// Calls one kind of work of a kernel on made-up data until it is compiled: until it is no slower
/// than the same work in plain Java, or it has been called for so long that waiting is no use.
///
/// The work is so small that C2 is asked for the method as a whole before it is asked for one to
/// enter in the midst of a loop, which would be compiled first and thrown away.
final class WarmUp {
  /// What is compiled apart.
  sealed interface Kind {
    /// A tile.
    ///
    /// @param single whether it is of one pixel
    /// @param narrow whether it is of half a panel
    record Tile(boolean ternary, boolean floats, boolean single, boolean narrow) implements Kind {}

    record PackRows() implements Kind {}

    record PackPlanes() implements Kind {}
  }

  private static final int CALLS = 64;
  private static final int ROUNDS_AT_LEAST = 8;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final long NANOS_AT_MOST = 6_000_000_000L;
  private static final int CHANNELS = 64;
  private static final int PIXELS = 16;

  private final Kernel fast;
  private final Kernel plain;
  private final Kind kind;
  private final BinaryLayer layer;
  private final int[] in = new int[Bits.imageWords(CHANNELS, PIXELS)];
  private final int[] bits = new int[Bits.imageWords(CHANNELS, PIXELS)];
  private final float[] floats = new float[Bits.floats(CHANNELS) * PIXELS];
  private final PlanarSource planes =
      new PlanarSource(ChannelFunction.identity(CHANNELS), PIXELS)
          .at(Arena.ofAuto().allocate(4L * CHANNELS * PIXELS, 64), 0);

  WarmUp(Kernel fast, Kernel plain, Kind kind) {
    this.fast = fast;
    this.plain = plain;
    this.kind = kind;
    this.layer =
        layer(kind instanceof Kind.Tile tile ? tile : new Kind.Tile(false, false, true, true));
  }

  /// @return whether it is compiled; where it is not, plain Java stays the better choice
  boolean run() {
    long end = System.nanoTime() + NANOS_AT_MOST;
    boolean compiled = false;
    for (int round = 0; !compiled && System.nanoTime() < end; round++) {
      // Whoever asked for the kernel computes meanwhile, and should not wait for this.
      LockSupport.parkNanos(PAUSE_NANOS);
      for (int call = 0; call < CALLS; call++) {
        work(fast);
      }
      compiled = round >= ROUNDS_AT_LEAST && nanos(fast) <= nanos(plain);
    }
    return compiled;
  }

  /// The shortest of several.
  private long nanos(Kernel kernel) {
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      work(kernel);
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }

  private void work(Kernel kernel) {
    switch (kind) {
      case Kind.Tile _ -> kernel.compute(layer, in, 0, bits, floats, 0, 0, layer.outPixels(), 0, 1);
      case Kind.PackRows _ -> kernel.pack(floats, 0, CHANNELS, PIXELS, bits, 0);
      case Kind.PackPlanes _ -> kernel.packPlanes(planes, 0, PIXELS, bits, 0);
    }
  }

  private static BinaryLayer layer(Kind.Tile tile) {
    int out = tile.narrow() ? Integer.SIZE : WeightPanels.LANES;
    int taps = 2;
    byte[] weights = new byte[out * CHANNELS * taps];
    Arrays.fill(weights, (byte) 1);
    weights[0] = (byte) (tile.ternary() ? 0 : -1);
    WeightPanels panels = WeightPanels.pack(weights, CHANNELS, out, 1, taps);
    Geometry geometry =
        Window.whole(1, taps).over(1, tile.single() ? taps : 2 * Kernel.TILE + taps - 1);
    ChannelFunction identity = ChannelFunction.identity(out);
    if (tile.floats()) {
      return BinaryLayer.toFloats(geometry, 1, panels, identity);
    }
    int[] largest = new int[out];
    Arrays.setAll(largest, panels::largestSum);
    return BinaryLayer.toBits(geometry, 1, panels, SignRule.of(identity, largest));
  }
}
