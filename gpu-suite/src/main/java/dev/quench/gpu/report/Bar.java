// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import java.util.Locale;

/// The limit that a figure must keep. NaN misses every bar.
///
/// @param atLeast whether the limit is a minimum, else it is a maximum
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
