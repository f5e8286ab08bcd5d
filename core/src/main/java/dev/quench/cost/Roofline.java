// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// The two limits of a machine: no work runs faster than its arithmetic and its memory traffic
/// allow.
///
/// Source: S. Williams, A. Waterman, D. Patterson, "Roofline", Communications of the ACM 52(4),
/// 2009.
///
/// @param peakFlopsPerSecond at the precision in question; above 0
/// @param bytesPerSecond memory bandwidth; above 0
public record Roofline(double peakFlopsPerSecond, double bytesPerSecond) {
  /// One core of a server, about: 100 GFLOP/s and 10 GB/s, so that both meet at 10 FLOPs a byte.
  /// For where no machine is named.
  public static final Roofline ASSUMED = new Roofline(100e9, 10e9);

  /// What limits a piece of work.
  public enum Bound {
    MEMORY,
    COMPUTE
  }

  public Roofline {
    if (!(peakFlopsPerSecond > 0) || !(bytesPerSecond > 0)) {
      throw new IllegalArgumentException(
          "peak of %s FLOP/s and bandwidth of %s byte/s, expected both above 0"
              .formatted(peakFlopsPerSecond, bytesPerSecond));
    }
  }

  /// The arithmetic intensity, in FLOPs per byte, from which arithmetic is the limit.
  public double ridge() {
    return peakFlopsPerSecond / bytesPerSecond;
  }

  /// Memory below the [#ridge], else compute.
  public Bound bound(Cost cost) {
    return cost.arithmeticIntensity() < ridge() ? Bound.MEMORY : Bound.COMPUTE;
  }

  /// The least time that the work can take, in seconds.
  public double seconds(Cost cost) {
    return Math.max(cost.flops() / peakFlopsPerSecond, cost.bytesMoved() / bytesPerSecond);
  }
}
