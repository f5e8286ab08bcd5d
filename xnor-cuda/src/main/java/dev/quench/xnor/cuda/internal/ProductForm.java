// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// The bit operation before the population count, and the formula for a sum of products from the
/// count.
///
/// For K values, of which |a| and |w| are −1: `sum = K − 2 |a ^ w|`. Since `|a ^ w| = |a| + |w| − 2
/// |a & w|`, also `sum = K − 2 (|a| + |w|) + 4 |a & w|`. A padded tap has the value 0 but reads as
/// clear bits on the GPU: its values do not count in K, and its `|w|` enters the count of the first
/// form but not that of the second.
enum ProductForm {
  XOR {
    @Override
    int base(int realValues, int realOnes, int paddedOnes) {
      return realValues + 2 * paddedOnes;
    }
  },
  AND {
    @Override
    int base(int realValues, int realOnes, int paddedOnes) {
      return realValues - 2 * realOnes;
    }
  };

  /// The part of a sum that does not depend on the count or, for AND, on the ones of the input.
  ///
  /// @param realValues values under the window outside the padding
  /// @param realOnes set bits of the weights outside the padding
  /// @param paddedOnes set bits of the weights in the padding
  abstract int base(int realValues, int realOnes, int paddedOnes);
}
