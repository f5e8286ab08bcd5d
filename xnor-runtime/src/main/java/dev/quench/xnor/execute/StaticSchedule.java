// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

/// Splits a range into equal parts, one per thread.
final class StaticSchedule {
  private StaticSchedule() {}

  /// The start of a part of `[0, total)`; the length of every part but the last is a multiple of
  /// `unit`.
  static int start(int total, int part, int parts, int unit) {
    long units = Math.ceilDiv(total, unit);
    return (int) Math.min(total, units * part / parts * unit);
  }
}
