// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.List;

/// The accuracy that a network loses against another on the same samples, pooled over seeds.
///
/// Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions
/// or percentages", Psychometrika 12, 1947. The error covers the choice of test samples, not that
/// of seeds.
///
/// @param seeds pairs of networks
/// @param samples of all pairs together
/// @param lost samples that only the reference classifies correctly
/// @param gained samples that only the other network classifies correctly
public record PairedLoss(int seeds, long samples, long lost, long gained) {
  private static final double PERCENT = 100;

  /// One network of the reference and one of the row, of the same seed.
  public record Pair(CorrectBits reference, CorrectBits row) {}

  public PairedLoss {
    if (samples < 1 || lost < 0 || gained < 0 || lost + gained > samples) {
      throw new IllegalArgumentException(
          "%d lost and %d gained of %d samples".formatted(lost, gained, samples));
    }
  }

  /// @param pairs at least one
  public static PairedLoss of(List<Pair> pairs) {
    long samples = 0;
    long lost = 0;
    long gained = 0;
    for (Pair pair : pairs) {
      samples += pair.reference().samples();
      lost += pair.reference().lostBy(pair.row());
      gained += pair.row().lostBy(pair.reference());
    }
    return new PairedLoss(pairs.size(), samples, lost, gained);
  }

  /// Points of top-1, the mean over the seeds; negative where the row is better.
  public double points() {
    return PERCENT * (lost - gained) / samples;
  }

  /// One standard error of [#points]: √(b + c − (b − c)² / n) / n with b lost and c gained.
  public double standardError() {
    double difference = lost - gained;
    return PERCENT * Math.sqrt(lost + gained - difference * difference / samples) / samples;
  }

  /// McNemar's statistic with Edwards's correction, (|b − c| − 1)² / (b + c): χ² of one degree of
  /// freedom if both networks are equally good; 0 where they never differ.
  public double chiSquare() {
    double distance = Math.max(0, Math.abs(lost - gained) - 1);
    return lost + gained == 0 ? 0 : distance * distance / (lost + gained);
  }

  /// The loss that is still as small as a published one within two standard errors.
  public double allowed(double published) {
    return published + 2 * standardError();
  }
}
