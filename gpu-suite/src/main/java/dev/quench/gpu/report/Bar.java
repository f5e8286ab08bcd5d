// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import java.util.Locale;

/// What a figure is held against. NaN holds no bar.
///
/// @param atLeast whether the figure must be the limit or more, else the limit or less
public record Bar(double limit, boolean atLeast) {
  public static Bar atLeast(double limit) {
    return new Bar(limit, true);
  }

  public static Bar atMost(double limit) {
    return new Bar(limit, false);
  }

  public boolean holds(double value) {
    return atLeast ? value >= limit : value <= limit;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "at %s %s", atLeast ? "least" : "most", limit);
  }
}
