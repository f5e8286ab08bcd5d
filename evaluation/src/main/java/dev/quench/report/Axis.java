// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A linear axis from one pixel to another, with round numbers as marks.
///
/// @param low value at `from`
/// @param high value at `to`, above `low`
public record Axis(double low, double high, double from, double to) {
  private static final int MARKS = 4;

  /// Widens the range where it is a point.
  public static Axis of(double low, double high, double from, double to) {
    if (high > low) {
      return new Axis(low, high, from, to);
    }
    if (low == 0) {
      return new Axis(0, 1, from, to);
    }
    double margin = Math.abs(low) / 2;
    return new Axis(low - margin, low + margin, from, to);
  }

  /// The pixel of a value.
  public double at(double value) {
    return from + (value - low) / (high - low) * (to - from);
  }

  /// One, two or five times a power of ten apart, about four of them.
  public List<Double> marks() {
    double step = step();
    List<Double> marks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      marks.add(i * step);
    }
    return marks;
  }

  /// With the digits that tell two marks apart.
  public String label(double mark) {
    double step = step();
    if (mark != 0 && step < 1e-4) {
      return String.format(Locale.ROOT, "%.0e", mark);
    }
    int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%." + digits + "f", mark == 0 ? 0.0 : mark);
  }

  private double step() {
    double rough = (high - low) / MARKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  }
}
