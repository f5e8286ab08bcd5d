// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Which operation on bits comes before the population count, and how a sum of products follows
/// from the count.
///
/// With K values, |a| and |w| of them −1: `sum = K − 2 |a ^ w|`, and as `|a ^ w| = |a| + |w| − 2 |a
/// & w|` also `sum = K − 2 (|a| + |w|) + 4 |a & w|`. A tap in the padding counts as 0 on one side
/// and has all bits clear on the GPU: its values leave K, its `|w|` is in the count of the first
/// form and in none of the second.
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

  /// What a sum is before the count, and for AND the ones of the input, are taken into account.
  ///
  /// @param realValues under the window that are not padding
  /// @param realOnes set bits of the weights there
  /// @param paddedOnes set bits of the other weights
  abstract int base(int realValues, int realOnes, int paddedOnes);
}
