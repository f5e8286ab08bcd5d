// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.io.IOException;
import java.util.List;

/// Measures what the model of some widths loses.
@FunctionalInterface
public interface WidthTrial {
  /// @param widths of all groups
  /// @return the less the better
  /// @throws IOException if samples cannot be read
  double loss(List<Integer> widths) throws IOException;
}
