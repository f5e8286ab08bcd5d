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

  /// As [#of(double, String)]; three digits do not show what the conversion loses.
  static String of(long value, String unit) {
    return of((double) value, unit);
  }

  /// A power of ten, at least 1, such as `100 k`.
  static String power(int exponent) {
    int prefix = Math.min(exponent / 3, PREFIXES.length - 1);
    return ("1" + "0".repeat(exponent - 3 * prefix) + " " + PREFIXES[prefix]).strip();
  }

  /// For example `82.6 ms`.
  static String seconds(double seconds) {
    return seconds >= 1
        ? of(seconds, "s")
        : seconds >= 1e-3 ? of(1e3 * seconds, "ms") : of(1e6 * seconds, "µs");
  }

  /// For example `12.3 %`.
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
