// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

/// What a variant may lose to pay.
///
/// @param minCosine least cosine of any output to FP32's; −1 for any
/// @param maxDrop most that the metric's first score may fall, as a share; without a metric it
///   holds
public record LossBound(double minCosine, double maxDrop) {
  /// A cosine of 0.9, one point of the score.
  public static final LossBound USUAL = new LossBound(0.9, 0.01);

  private static final double ANY_COSINE = -1;

  /// All of a share.
  private static final double ANY_DROP = 1;

  /// The time of a variant that is worth its loss: a gain below this is noise.
  public static final double LARGEST_RATIO = 0.98;

  /// Of the outputs alone.
  public static LossBound ofCosine(double minCosine) {
    return new LossBound(minCosine, ANY_DROP);
  }

  /// Of the metric's first score alone.
  ///
  /// @param maxDrop as a share
  public static LossBound ofDrop(double maxDrop) {
    return new LossBound(ANY_COSINE, maxDrop);
  }

  /// @throws IllegalArgumentException unless the cosine lies in [-1, 1] and the drop is not
  ///   negative
  public LossBound {
    if (!(minCosine >= -1 && minCosine <= 1) || !(maxDrop >= 0)) {
      throw new IllegalArgumentException(
          "expected a cosine in [-1, 1] and a drop of 0 or more, got %s and %s"
              .formatted(minCosine, maxDrop));
    }
    // As losses are rounded: a hundredth of a number of points is not exact.
    maxDrop = maxDrop < ANY_DROP ? Math.rint(maxDrop * 1e9) / 1e9 : maxDrop;
  }

  /// Whether nothing more is lost.
  public boolean holds(OutputLoss loss) {
    return excess(loss) == 0;
  }

  /// By how much the bound is missed: the missing cosine and the excessive drop together; 0 where
  /// it holds.
  public double excess(OutputLoss loss) {
    return Math.max(0, minCosine - loss.worstCosine())
        + Math.max(0, loss.drop().orElse(0) - maxDrop);
  }

  @Override
  public String toString() {
    String cosine =
        minCosine > ANY_COSINE ? "a worst cosine of %.4f or more".formatted(minCosine) : "";
    String drop =
        maxDrop < ANY_DROP ? "a loss of %.2f points or less".formatted(100 * maxDrop) : "";
    if (cosine.isEmpty() && drop.isEmpty()) {
      return "any loss";
    }
    return cosine + (cosine.isEmpty() || drop.isEmpty() ? "" : " and ") + drop;
  }
}
