// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// Computes in plain Java until C2 has compiled the vector kernel, which a thread in the background
/// sees to, one kind of work after the other as it is asked for. Before that the vector kernel
/// would be a thousand times slower than after, as each vector is an object.
final class WarmingKernel implements Kernel {
  /// What is compiled apart.
  enum Kind {
    BINARY_TO_BITS,
    BINARY_TO_FLOATS,
    TERNARY_TO_BITS,
    TERNARY_TO_FLOATS,
    PACK_ROWS,
    PACK_PLANES
  }

  private enum State {
    COLD,
    WARMING,
    READY
  }

  private final Kernel fast;
  private final Kernel plain;
  private final Map<Kind, AtomicReference<State>> states = new EnumMap<>(Kind.class);

  /// One thread, which goes when it has been idle.
  private final ThreadPoolExecutor warmUps =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), WarmingKernel::daemon);

  WarmingKernel(Kernel fast, Kernel plain) {
    warmUps.allowCoreThreadTimeOut(true);
    this.fast = fast;
    this.plain = plain;
    for (Kind kind : Kind.values()) {
      states.put(kind, new AtomicReference<>(State.COLD));
    }
  }

  @Override
  public String description() {
    return fast.description();
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
    kernel(kindOf(layer))
        .compute(layer, in, inAt, bits, floats, outAt, firstPixel, endPixel, firstPanel, endPanel);
  }

  @Override
  public boolean pack(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    return kernel(Kind.PACK_ROWS).pack(floats, from, channels, pixels, bits, to);
  }

  @Override
  public boolean packPlanes(PlanarSource source, int firstPixel, int endPixel, int[] bits, int to) {
    return kernel(Kind.PACK_PLANES).packPlanes(source, firstPixel, endPixel, bits, to);
  }

  static Kind kindOf(BinaryLayer layer) {
    if (layer.weights.isTernary()) {
      return layer.givesBits() ? Kind.TERNARY_TO_BITS : Kind.TERNARY_TO_FLOATS;
    }
    return layer.givesBits() ? Kind.BINARY_TO_BITS : Kind.BINARY_TO_FLOATS;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "quench-xnor-warm-up");
    thread.setDaemon(true);
    return thread;
  }

  private Kernel kernel(Kind kind) {
    AtomicReference<State> state = Objects.requireNonNull(states.get(kind));
    if (state.get() == State.READY) {
      return fast;
    }
    if (state.compareAndSet(State.COLD, State.WARMING)) {
      warmUps.execute(() -> {
        new WarmUp(fast, plain, kind).run();
        state.set(State.READY);
      });
    }
    return plain;
  }
}
