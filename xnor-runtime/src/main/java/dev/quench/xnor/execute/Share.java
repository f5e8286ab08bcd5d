// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

/// Static split of a range between threads.
final class Share {
  private Share() {}

  /// Where a part of `[0, total)` starts; all parts but the last are a multiple of `unit` long.
  static int start(int total, int part, int parts, int unit) {
    long units = Math.ceilDiv(total, unit);
    return (int) Math.min(total, units * part / parts * unit);
  }
}
