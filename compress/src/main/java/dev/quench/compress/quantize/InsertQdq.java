// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.DataType;

/// Makes quantization explicit: `QuantizeLinear` and `DequantizeLinear` where [QdqPlacement] wants
/// them.
///
/// 1. activation `x` → `DequantizeLinear(QuantizeLinear(x, s, 0), s, 0)` for the readers that run
///    in INT8, s = threshold / 127.
/// 2. weights `W` → `DequantizeLinear(W', s, 0)` with INT8 initializer W', or
///    `DequantizeLinear(QuantizeLinear(W, s, 0), s, 0)`; one scale for each output channel, from
///    the weights themselves.
///
/// Symmetric: zero points are 0, scales positive constants of the type of what they scale, computed
/// in double and rounded once. Bias stays float. A model that holds such nodes already is left as
/// it is. Immutable.
public final class InsertQdq implements Transformation<QuantizationReport> {
  private static final long HALF_PRECISION_OPSET = 19;

  private final QuantizationRanges ranges;
  private final QdqOptions options;

  public InsertQdq(QuantizationRanges ranges, QdqOptions options) {
    this.ranges = ranges;
    this.options = options;
  }

  /// The oldest opset in which this model can be quantized: 13, or 19 where it computes in half
  /// precision.
  ///
  /// @param model with the element types of its inputs and constants
  public static int neededOpset(Model model) {
    boolean half = model.graph().values().stream().anyMatch(InsertQdq::isHalf);
    return Math.toIntExact(half ? HALF_PRECISION_OPSET : NeededOpset.PER_CHANNEL);
  }

  private static boolean isHalf(Value value) {
    return value
        .dataType()
        .filter(type -> type == DataType.FLOAT16 || type == DataType.BFLOAT16)
        .isPresent();
  }

  @Override
  public String name() {
    return "insert-qdq";
  }

  /// Edits `model` in place and says what was done.
  ///
  /// @throws IllegalArgumentException if the opset is too old for per-channel quantization (13, or
  ///   19 for half precision), or a range is negative, NaN or infinite
  /// @throws MissingRangesException if a range is missing and the options are strict; the model is
  ///   not edited then
  @Override
  public QuantizationReport apply(Model model) {
    if (QdqPlacement.isQuantized(model.graph())) {
      return QuantizationReport.alreadyQuantized();
    }
    NeededOpset.require(model, NeededOpset.PER_CHANNEL, "quantization per channel");
    QdqPlacement placement = QdqPlacement.of(model, options);
    ActivationScales scales = ActivationScales.of(model.graph(), placement, ranges, options);
    if (scales.byTensor().keySet().stream().anyMatch(InsertQdq::isHalfPrecision)) {
      NeededOpset.require(model, HALF_PRECISION_OPSET, "quantization of half-precision tensors");
    }
    return new QdqInsertion(model.graph(), placement, scales, options).run();
  }

  private static boolean isHalfPrecision(Value value) {
    return value.dataType().filter(type -> type != DataType.FLOAT).isPresent();
  }
}
