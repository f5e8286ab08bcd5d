// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import dev.quench.xnor.kernel.compile.CompiledPart;
import dev.quench.xnor.kernel.compile.WarmUp;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// Computes in plain Java until C2 has compiled the vector kernel, like the tiers of a JIT
/// compiler. A background thread warms up each part on its first request. Without warm-up the
/// vector kernel would be a thousand times slower, because each vector would be a heap object.
final class TieredKernel implements Kernel {
  private final Kernel fast;
  private final Kernel plain;

  /// By [#index].
  private final CompiledPart[] tiles = new CompiledPart[16];

  private final Map<ChannelFunction.Operator, CompiledPart> elementwise =
      new EnumMap<>(ChannelFunction.Operator.class);

  private final CompiledPart packNhwc;
  private final CompiledPart packNchw;

  TieredKernel(Kernel fast, Kernel plain) {
    this.fast = fast;
    this.plain = plain;
    for (int i = 0; i < tiles.length; i++) {
      tiles[i] =
          part(new SyntheticWork.Kind.Tile((i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
    }
    for (ChannelFunction.Operator operator : ChannelFunction.Operator.values()) {
      elementwise.put(operator, part(new SyntheticWork.Kind.Elementwise(operator)));
    }
    packNhwc = part(new SyntheticWork.Kind.PackNhwc());
    packNchw = part(new SyntheticWork.Kind.PackNchw());
  }

  private CompiledPart part(SyntheticWork.Kind kind) {
    return new CompiledPart(
        kind.toString(),
        () -> {
          SyntheticWork work = new SyntheticWork(kind);
          return new WarmUp(() -> work.run(fast), () -> work.run(plain));
        });
  }

  private static int index(boolean ternary, boolean floats, boolean single, boolean narrow) {
    return (ternary ? 8 : 0) | (floats ? 4 : 0) | (single ? 2 : 0) | (narrow ? 1 : 0);
  }

  @Override
  public String description() {
    return fast.description();
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
    return tiles[index(layer.weights.isMasked(), !layer.givesBits(), single, narrow)].isReady();
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
