// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Value;
import dev.quench.run.Session;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.SignRule;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.Window;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One instruction of a [Program][dev.quench.xnor.plan.Program], before the shapes of the inputs
/// are known. Values lie as bits, as rows (NHWC floats) or as planes (the graph's own layout).
public sealed interface Operation {
  /// Part of the graph that runs in ONNX Runtime, from planes to planes.
  record Region(Session session, List<Value> inputs, List<Value> outputs) implements Operation {}

  /// Planes to bits, the function applied on the way.
  ///
  /// @param affine see [ChannelFunction#isAffine]
  record PackPlanes(Value from, ChannelFunction affine, Value to) implements Operation {}

  /// Rows to bits.
  record PackRows(Value from, Value to) implements Operation {}

  /// Max pooling of signs.
  ///
  /// @param any by channel, see [dev.quench.xnor.kernel.BitPool]
  record Pooling(Window window, List<Boolean> any) {}

  /// Bits to bits: sums, thresholds and maybe pooling.
  ///
  /// @param window null for the whole input
  record BitLayer(
      Value from,
      WeightPanels weights,
      @Nullable Window window,
      SignRule rule,
      @Nullable Pooling pooling,
      Value to)
      implements Operation {}

  /// Bits to rows: sums and an affine function.
  ///
  /// @param window null for the whole input
  record RowLayer(
      Value from, WeightPanels weights, @Nullable Window window, ChannelFunction affine, Value to)
      implements Operation {}

  /// Bits to bits.
  record PoolBits(Value from, Pooling pooling, Value to) implements Operation {}

  /// Bits to bits.
  record ShuffleBits(Value from, int groups, Value to) implements Operation {}

  /// Rows to rows.
  record PoolRows(Value from, Window window, Value to) implements Operation {}

  /// Rows to rows.
  record Apply(Value from, ChannelFunction function, Value to) implements Operation {}

  /// Rows and rows to rows.
  record Sum(Value left, Value right, Value to) implements Operation {}
}
