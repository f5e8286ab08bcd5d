// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

/// Splits a range between threads in equal parts.
final class StaticSchedule {
  private StaticSchedule() {}

  /// Where a part of `[0, total)` starts; all parts but the last are a multiple of `unit` long.
  static int start(int total, int part, int parts, int unit) {
    long units = Math.ceilDiv(total, unit);
    return (int) Math.min(total, units * part / parts * unit);
  }
}
