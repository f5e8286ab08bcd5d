// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.tensor.DataType;

/// What [LowerPrecision] makes of the FLOAT part of a model.
public enum ReducedPrecision {
  /// FLOAT16 wherever an operator keeps its range in it.
  FP16(DataType.FLOAT16, 65504),

  /// BFLOAT16, with the range of FLOAT and 8 bits of precision.
  BF16(DataType.BFLOAT16, 0x1.FEp127),

  /// FLOAT16 where it is safe: as [#FP16], with a margin of 8 to the largest activation, and FLOAT
  /// for averages over large or unknown windows and for weights that lose precision.
  MIXED(DataType.FLOAT16, 65504);

  private static final double MARGIN = 8;

  private final DataType type;
  private final double largest;

  ReducedPrecision(DataType type, double largest) {
    this.type = type;
    this.largest = largest;
  }

  /// FLOAT16 or BFLOAT16.
  public DataType type() {
    return type;
  }

  /// The largest finite number of [#type].
  double largest() {
    return largest;
  }

  /// The largest magnitude that an observed activation may have.
  double largestActivation() {
    return this == MIXED ? largest / MARGIN : largest;
  }
}
