// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import dev.quench.tensor.DataType;

/// Signed integers that weights are stored in, symmetric around zero.
public enum BlockWeightType {
  /// −8 to 7, two in a byte.
  INT4(DataType.INT4, 7),
  INT8(DataType.INT8, 127);

  private final DataType dataType;
  private final int largest;

  BlockWeightType(DataType dataType, int largest) {
    this.dataType = dataType;
    this.largest = largest;
  }

  public DataType dataType() {
    return dataType;
  }

  /// The level that the largest magnitude of a block gets.
  int largest() {
    return largest;
  }

  int least() {
    return -largest - 1;
  }
}
