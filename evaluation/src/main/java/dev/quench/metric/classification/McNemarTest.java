// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

/// Whether two classifiers differ on the same samples. Only samples that one of them alone gets
/// right tell; if both were equally good, each of those would be as likely to be lost as gained.
///
/// Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions
/// or percentages", Psychometrika 12, 1947; the probability is exact, of the binomial distribution.
///
/// @param lost samples that only the first gets right
/// @param gained samples that only the second gets right
public record McNemarTest(long lost, long gained) {
  public McNemarTest {
    if (lost < 0 || gained < 0) {
      throw new IllegalArgumentException("%d lost and %d gained".formatted(lost, gained));
    }
  }

  /// The two-sided probability of a difference at least this large between equally good
  /// classifiers: `2 P(X <= min(lost, gained))` for `X` of `lost + gained` fair coins, at most 1.
  ///
  /// Cost: O(lost + gained).
  public double probability() {
    long all = lost + gained;
    double logTerm = -all * Math.log(2);
    double sum = 0;
    for (long i = 0; i <= Math.min(lost, gained); i++) {
      sum += Math.exp(logTerm);
      logTerm += Math.log((double) (all - i) / (i + 1));
    }
    return Math.min(1, 2 * sum);
  }
}
