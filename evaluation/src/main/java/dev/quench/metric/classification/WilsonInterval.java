// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

/// Where a share lies with 95 % confidence, seen from a sample.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22, 1927. Unlike the normal approximation it
/// stays within `[0, 1]` and holds for shares near both.
///
/// @param low at least 0
/// @param high at most 1
public record WilsonInterval(double low, double high) {
  /// The 97.5 % quantile of the normal distribution.
  private static final double Z = 1.959963984540054;

  /// @param share of the sample, in `[0, 1]`
  /// @param samples at least 1
  public static WilsonInterval of(double share, long samples) {
    if (!(share >= 0 && share <= 1) || samples < 1) {
      throw new IllegalArgumentException("a share of %s of %d".formatted(share, samples));
    }
    double z2 = Z * Z / samples;
    double center = (share + z2 / 2) / (1 + z2);
    double half = Z * Math.sqrt(share * (1 - share) / samples + z2 / (4 * samples)) / (1 + z2);
    // At the ends the interval reaches them exactly, but for rounding.
    return new WilsonInterval(
        share == 0 ? 0 : Math.max(0, center - half), share == 1 ? 1 : Math.min(1, center + half));
  }
}
