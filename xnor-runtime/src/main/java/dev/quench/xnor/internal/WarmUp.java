// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// Calls one kind of work of a kernel on made-up data until it is compiled: until it is no slower
/// than the same work in plain Java, or it has been called for so long that waiting is no use.
final class WarmUp {
  private static final int CALLS = 16;
  private static final int ROUNDS_AT_LEAST = 16;
  private static final long PAUSE_NANOS = 2_000_000;
  private static final long NANOS_AT_MOST = 20_000_000_000L;

  /// A panel and a half, so that whole and half panels occur.
  private static final int CHANNELS = 96;

  private static final int SIZE = 5;
  private static final int PIXELS = SIZE * SIZE;

  private final Kernel fast;
  private final Kernel plain;
  private final WarmingKernel.Kind kind;
  private final BinaryLayer[] layers;
  private final int[] in = new int[Bits.imageWords(CHANNELS, PIXELS)];
  private final int[] bits = new int[Bits.imageWords(CHANNELS, PIXELS)];
  private final float[] floats = new float[Bits.floats(CHANNELS) * PIXELS];
  private final PlanarSource planes =
      new PlanarSource(ChannelFunction.identity(CHANNELS), PIXELS)
          .at(Arena.ofAuto().allocate(4L * CHANNELS * PIXELS, 64), 0);

  WarmUp(Kernel fast, Kernel plain, WarmingKernel.Kind kind) {
    this.fast = fast;
    this.plain = plain;
    this.kind = kind;
    Window padded = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1, 1, false, false, false);
    this.layers =
        switch (kind) {
          case BINARY_TO_BITS, BINARY_TO_FLOATS, TERNARY_TO_BITS, TERNARY_TO_FLOATS ->
              new BinaryLayer[] {
                layer(padded.over(SIZE, SIZE)),
                layer(Window.whole(1, 1).over(SIZE, SIZE)),
                layer(Window.whole(SIZE, SIZE).over(SIZE, SIZE))
              };
          case PACK_ROWS, PACK_PLANES -> new BinaryLayer[0];
        };
  }

  void run() {
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
      case BINARY_TO_BITS, BINARY_TO_FLOATS, TERNARY_TO_BITS, TERNARY_TO_FLOATS -> {
        for (BinaryLayer layer : layers) {
          kernel.compute(layer, in, 0, bits, floats, 0, 0, layer.outPixels(), 0, layer.panels());
        }
      }
      case PACK_ROWS -> kernel.pack(floats, 0, CHANNELS, PIXELS, bits, 0);
      case PACK_PLANES -> kernel.packPlanes(planes, 0, PIXELS, bits, 0);
    }
  }

  private BinaryLayer layer(Geometry geometry) {
    int taps = geometry.window().taps();
    boolean ternary =
        kind == WarmingKernel.Kind.TERNARY_TO_BITS || kind == WarmingKernel.Kind.TERNARY_TO_FLOATS;
    byte[] weights = new byte[CHANNELS * CHANNELS * taps];
    Arrays.fill(weights, (byte) 1);
    weights[0] = (byte) (ternary ? 0 : -1);
    WeightPanels panels = WeightPanels.pack(weights, CHANNELS, CHANNELS, 1, taps);
    ChannelFunction identity = ChannelFunction.identity(CHANNELS);
    if (kind == WarmingKernel.Kind.BINARY_TO_FLOATS
        || kind == WarmingKernel.Kind.TERNARY_TO_FLOATS) {
      return BinaryLayer.toFloats(geometry, 1, panels, identity);
    }
    int[] largest = new int[CHANNELS];
    Arrays.setAll(largest, panels::largestSum);
    return BinaryLayer.toBits(geometry, 1, panels, SignRule.of(identity, largest));
  }
}
