// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import com.sun.management.ThreadMXBean;
import dev.quench.graph.pattern.SlidingWindow;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// Calls one part of a kernel on synthetic data until C2 has compiled it. The sign of that is an
/// allocation count of zero: in uncompiled code each vector is a heap object.
///
/// C2 compiles a method only once, for the trip counts that it has seen, so the loops here run as
/// often as in a layer of common size. The pauses between calls matter: without them, the JVM would
/// request compilations in the middle of loops, faster than they finish. C2 compiles only what C1
/// has compiled, and the later C1 gets a tile, the less room it has for it.
final class WarmUp {
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

  private static final int CALLS = 16;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int CHANNELS = 128;
  private static final int TAPS = 9;

  /// Not a multiple of the tile or vector size, so that remainders are compiled too.
  private static final int OUT_PIXELS = 2 * Kernel.TILE + 1;

  private static final int PIXELS = OUT_PIXELS + TAPS - 1;

  private final Kernel fast;
  private final Kernel plain;
  private final Kind kind;
  private final BinaryConvolution layer;
  private final int[] in = new int[PackedLayout.imageWords(CHANNELS, PIXELS)];
  private final int[] bits = new int[PackedLayout.imageWords(CHANNELS, PIXELS)];
  private final float[] floats = new float[PackedLayout.floats(CHANNELS) * PIXELS];
  private final NchwSource nchw =
      new NchwSource(ChannelFunction.identity(CHANNELS), PIXELS)
          .at(Arena.ofAuto().allocate(4L * CHANNELS * PIXELS, 64), 0);

  WarmUp(Kernel fast, Kernel plain, Kind kind) {
    this.fast = fast;
    this.plain = plain;
    this.kind = kind;
    this.layer =
        layer(kind instanceof Kind.Tile tile ? tile : new Kind.Tile(false, false, true, true));
  }

  /// Whether this JVM reports the bytes a thread has allocated.
  static boolean isPossible() {
    try {
      return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
          && threads.isThreadAllocatedMemorySupported()
          && threads.isThreadAllocatedMemoryEnabled();
    } catch (LinkageError e) {
      return false; // a runtime image without jdk.management
    }
  }

  /// @return whether the part is compiled and at least as fast as plain Java
  boolean run() {
    return compile(PATIENCE) && nanos(fast) <= nanos(plain);
  }

  /// @return whether the part is compiled
  boolean compile(Duration patience) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < patience.toNanos()) {
      // The threads that run the network need the processor meanwhile.
      LockSupport.parkNanos(PAUSE_NANOS);
      if (allocatedBytes() == 0) {
        return true;
      }
    }
    return false;
  }

  /// Bytes that a series of calls allocates.
  private long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int call = 0; call < CALLS; call++) {
      work(fast);
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /// Time of the fastest of several series of calls; a single call may be shorter than the clock's
  /// resolution.
  private long nanos(Kernel kernel) {
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      for (int call = 0; call < CALLS; call++) {
        work(kernel);
      }
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }

  private void work(Kernel kernel) {
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
