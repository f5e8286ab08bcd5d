// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.Locale;
import java.util.Set;

/// Formats scores by their JSON key: fractions as percent and their changes in percentage points,
/// other figures unchanged.
public final class ScoreText {
  private static final Set<String> FIGURES =
      Set.of(
          "cosine",
          "cosineMin",
          "embeddingCosine",
          "embeddingCosineMin",
          "pairSpearman",
          "sqnrDecibel",
          "maxAbsoluteError");

  private ScoreText() {}

  /// Whether the score is a fraction in `[0, 1]`, shown as percent.
  public static boolean isShare(String key) {
    return !FIGURES.contains(key);
  }

  /// For headings: `top-1` for `top1`.
  public static String label(String key) {
    return key.matches("top\\d+") ? "top-" + key.substring(3) : key;
  }

  /// For example `93.31 %` or `0.9987`.
  public static String value(String key, double score) {
    return isShare(key)
        ? String.format(Locale.ROOT, "%.2f %%", 100 * score)
        : String.format(Locale.ROOT, "%.5g", score);
  }

  /// For example `0.27`, or `<0.001`.
  public static String probability(double p) {
    return p < 0.001 ? "<0.001" : String.format(Locale.ROOT, p < 0.0995 ? "%.3f" : "%.2f", p);
  }

  /// For example `= 0.03` or `< 0.001`.
  static String equality(double p) {
    String text = probability(p);
    return text.startsWith("<") ? "< " + text.substring(1) : "= " + text;
  }

  /// For example `-0.12 pt` or `-0.0013`.
  public static String change(String key, double difference) {
    return isShare(key)
        ? String.format(Locale.ROOT, "%+.2f pt", 100 * difference)
        : String.format(Locale.ROOT, "%+.4g", difference);
  }
}
