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

/// Computes in plain Java until C2 has compiled the vector kernel, like the tiers of a JIT
/// compiler. A background thread warms up each part on its first request. Without warm-up the
/// vector kernel would be a thousand times slower, because each vector would be a heap object.
final class TieredKernel implements Kernel {
  /// A part of the vector kernel and its compilation state.
  private final class CompiledPart {
    private static final int NOT_ASKED_FOR = 0;
    private static final int COMPILING = 1;
    private static final int READY = 2;

    /// C2 did not remove the allocations, or plain Java is faster: plain Java stays.
    private static final int REJECTED = 3;

    private final WarmUp.Kind kind;
    private final AtomicInteger state = new AtomicInteger(NOT_ASKED_FOR);

    CompiledPart(WarmUp.Kind kind) {
      this.kind = kind;
    }

    /// Returns whether the part is compiled; the first call requests its compilation.
    boolean isReady() {
      int now = state.get();
      if (now == NOT_ASKED_FOR && state.compareAndSet(NOT_ASKED_FOR, COMPILING)) {
        warmUps.execute(() -> {
          boolean ready = new WarmUp(fast, plain, kind).run();
          state.set(ready ? READY : REJECTED);
          if (!ready) {
            System.getLogger(Kernels.class.getName())
                .log(
                    System.Logger.Level.WARNING,
                    "Some binary layers run in plain Java: for {0}, compiled vector code is missing or slower.",
                    kind);
          }
        });
      }
      return now == READY;
    }
  }

  private final Kernel fast;
  private final Kernel plain;

  /// By [#index].
  private final CompiledPart[] tiles = new CompiledPart[16];

  private final Map<ChannelFunction.Operator, CompiledPart> elementwise =
      new EnumMap<>(ChannelFunction.Operator.class);

  private final CompiledPart packNhwc = new CompiledPart(new WarmUp.Kind.PackNhwc());
  private final CompiledPart packNchw = new CompiledPart(new WarmUp.Kind.PackNchw());

  /// One thread, which ends after an idle second.
  private final ThreadPoolExecutor warmUps =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), TieredKernel::daemon);

  TieredKernel(Kernel fast, Kernel plain) {
    this.fast = fast;
    this.plain = plain;
    warmUps.allowCoreThreadTimeOut(true);
    for (int i = 0; i < tiles.length; i++) {
      tiles[i] =
          new CompiledPart(
              new WarmUp.Kind.Tile((i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
    }
    for (ChannelFunction.Operator operator : ChannelFunction.Operator.values()) {
      elementwise.put(operator, new CompiledPart(new WarmUp.Kind.Elementwise(operator)));
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

  /// Warm-ups run in sequence, so all have ended once this last task has.
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
      BinaryConvolution layer,
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
    // Queries both, so that both get compiled.
    boolean first = isReady(layer, single, layer.wordsOf(firstPanel) == 1);
    boolean last = isReady(layer, single, layer.wordsOf(endPanel - 1) == 1);
    boolean ready = first && last;
    (ready ? fast : plain)
        .compute(layer, in, inAt, bits, floats, outAt, firstPixel, endPixel, firstPanel, endPanel);
  }

  private boolean isReady(BinaryConvolution layer, boolean single, boolean narrow) {
    return tiles[index(layer.weights.isTernary(), !layer.givesBits(), single, narrow)].isReady();
  }

  @Override
  public void elementwise(
      ChannelFunction.Operator operator,
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int length) {
    boolean ready = Objects.requireNonNull(elementwise.get(operator)).isReady();
    (ready ? fast : plain).elementwise(operator, left, leftAt, right, rightAt, out, outAt, length);
  }

  @Override
  public boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    return (packNhwc.isReady() ? fast : plain).packNhwc(floats, from, channels, pixels, bits, to);
  }

  @Override
  public boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to) {
    return (packNchw.isReady() ? fast : plain).packNchw(source, firstPixel, endPixel, bits, to);
  }
}
