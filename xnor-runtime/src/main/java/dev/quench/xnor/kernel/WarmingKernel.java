// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Computes in plain Java until C2 has compiled the vector kernel, which a thread in the background
/// sees to, one kind of work after the other as it is asked for. Before that the vector kernel
/// would be a thousand times slower than after, as each vector is an object.
final class WarmingKernel implements Kernel {
  /// One kind of work and how far it is.
  private final class Warmth {
    private static final int COLD = 0;
    private static final int WARMING = 1;
    private static final int READY = 2;

    /// C2 has not made of it what it can be, or plain Java is faster: it goes on.
    private static final int GIVEN_UP = 3;

    private final WarmUp.Kind kind;
    private final AtomicInteger state = new AtomicInteger(COLD);

    Warmth(WarmUp.Kind kind) {
      this.kind = kind;
    }

    /// Sees to it that it will be, when it is not.
    boolean isReady() {
      int now = state.get();
      if (now == COLD && state.compareAndSet(COLD, WARMING)) {
        warmUps.execute(() -> {
          boolean ready = new WarmUp(fast, plain, kind).run();
          state.set(ready ? READY : GIVEN_UP);
          if (!ready) {
            System.getLogger(Kernels.class.getName())
                .log(
                    System.Logger.Level.WARNING,
                    "Binary layers run in part in plain Java: the JVM did not compile {0} to be faster.",
                    kind);
          }
        });
      }
      return now == READY;
    }
  }

  private final Kernel fast;
  private final Kernel plain;

  /// By what [#index] gives.
  private final Warmth[] tiles = new Warmth[16];

  private final Map<ChannelFunction.Operator, Warmth> combinations =
      new EnumMap<>(ChannelFunction.Operator.class);

  private final Warmth rows = new Warmth(new WarmUp.Kind.PackRows());
  private final Warmth planes = new Warmth(new WarmUp.Kind.PackPlanes());

  /// One thread, which goes when it has been idle.
  private final ThreadPoolExecutor warmUps =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), WarmingKernel::daemon);

  WarmingKernel(Kernel fast, Kernel plain) {
    this.fast = fast;
    this.plain = plain;
    warmUps.allowCoreThreadTimeOut(true);
    for (int i = 0; i < tiles.length; i++) {
      tiles[i] =
          new Warmth(new WarmUp.Kind.Tile((i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
    }
    for (ChannelFunction.Operator operator : ChannelFunction.Operator.values()) {
      combinations.put(operator, new Warmth(new WarmUp.Kind.Combine(operator)));
    }
  }

  private static int index(boolean ternary, boolean floats, boolean single, boolean narrow) {
    return (ternary ? 8 : 0) | (floats ? 4 : 0) | (single ? 2 : 0) | (narrow ? 1 : 0);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "quench-xnor-warm-up");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public String description() {
    return fast.description();
  }

  /// Warm-ups run one after the other: when the last one has ended, all have.
  @Override
  public void settle() {
    try {
      warmUps.submit(() -> {}).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("an empty task failed", e);
    }
  }

  @Override
  public void compute(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int firstPanel,
      int endPanel) {
    if (firstPanel >= endPanel || firstPixel >= endPixel) {
      return;
    }
    boolean single = endPixel - firstPixel < TILE;
    // Both are asked, so that both warm up.
    boolean first = isReady(layer, single, layer.wordsOf(firstPanel) == 1);
    boolean last = isReady(layer, single, layer.wordsOf(endPanel - 1) == 1);
    boolean ready = first && last;
    (ready ? fast : plain)
        .compute(layer, in, inAt, bits, floats, outAt, firstPixel, endPixel, firstPanel, endPanel);
  }

  private boolean isReady(BinaryLayer layer, boolean single, boolean narrow) {
    return tiles[index(layer.weights.isTernary(), !layer.givesBits(), single, narrow)].isReady();
  }

  @Override
  public void combine(
      ChannelFunction.Operator operator,
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int length) {
    boolean ready = Objects.requireNonNull(combinations.get(operator)).isReady();
    (ready ? fast : plain).combine(operator, left, leftAt, right, rightAt, out, outAt, length);
  }

  @Override
  public boolean pack(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    return (rows.isReady() ? fast : plain).pack(floats, from, channels, pixels, bits, to);
  }

  @Override
  public boolean packPlanes(PlanarSource source, int firstPixel, int endPixel, int[] bits, int to) {
    return (planes.isReady() ? fast : plain).packPlanes(source, firstPixel, endPixel, bits, to);
  }
}
