// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.util.List;

/// What is known to be true of the samples of a [Batch], one entry a sample.
public sealed interface Labels {
  /// Nothing is known.
  record None() implements Labels {}

  /// Class indices from 0.
  record Classes(List<Integer> indices) implements Labels {
    public Classes {
      indices = List.copyOf(indices);
    }
  }
}
