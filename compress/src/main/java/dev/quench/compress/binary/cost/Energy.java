// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary.cost;

/// Energy of operations and memory accesses at 45 nm, in picojoule. Source: Horowitz, Computing's
/// Energy Problem, ISSCC 2014; tables 2 and 3 of Hubara et al., Binarized Neural Networks, NIPS
/// 2016. The tables price no XNOR and no population count; each counts here as an integer addition
/// of 32 bits.
final class Energy {
  /// A multiplication and an addition of 32-bit floats.
  static final double FLOAT_MAC = 3.7 + 0.9;

  /// An addition of 32-bit floats.
  static final double FLOAT_ADD = 0.9;

  /// An addition of 32-bit integers.
  static final double INTEGER_ADD = 0.1;

  private static final long KIB = 1024;

  private Energy() {}

  /// One access of 64 bits in the smallest memory that holds so many bytes; of DRAM the lower end
  /// of its range.
  static double access(double bytes) {
    if (bytes <= 8 * KIB) {
      return 10;
    }
    if (bytes <= 32 * KIB) {
      return 20;
    }
    return bytes <= KIB * KIB ? 100 : 1300;
  }
}
