// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import java.util.Locale;

/// Numbers with three digits and a prefix of a power of 1000.
final class Quantity {
  private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};

  private Quantity() {}

  /// For example `1.23 M`; with a unit, `1.23 MB`.
  static String of(double value, String unit) {
    double scaled = value;
    int power = 0;
    while (scaled >= 999.5 && power < PREFIXES.length - 1) {
      scaled /= 1000;
      power++;
    }
    String digits =
        power == 0 && scaled == Math.rint(scaled)
            ? String.format(Locale.ROOT, "%.0f", scaled)
            : String.format(
                Locale.ROOT, scaled < 9.995 ? "%.2f" : scaled < 99.95 ? "%.1f" : "%.0f", scaled);
    return (digits + " " + PREFIXES[power] + unit).strip();
  }

  /// For example `12.3 %`.
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
