// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Tells for each channel which integer sums become +1 after a [ChannelFunction] and a sign: those
/// `>= bound` or, if the function is descending, those `<= bound`.
///
/// Found by bisection over the float form itself, so that the rule agrees with it on every integer,
/// even under rounding, overflow or a factor of zero.
public final class SignThresholds {
  private final int[] bound;
  private final boolean[] descending;

  private SignThresholds(int[] bound, boolean[] descending) {
    this.bound = bound;
    this.descending = descending;
  }

  /// @param largest by channel: sums lie in `[-largest, largest]`; at most 2^24
  /// @throws IllegalArgumentException if the float form yields NaN or is not monotone where its
  ///   sign changes
  public static SignThresholds of(ChannelFunction function, int[] largest) {
    int channels = function.channels();
    int[] bound = new int[channels];
    boolean[] descending = new boolean[channels];
    for (int c = 0; c < channels; c++) {
      descending[c] = function.isDescending(c);
      bound[c] =
          descending[c]
              ? lastPositive(function, c, largest[c])
              : firstPositive(function, c, largest[c]);
      verify(function, c, bound[c], descending[c], largest[c]);
    }
    return new SignThresholds(bound, descending);
  }

  /// The smallest sum that becomes +1; `largest + 1` if none does.
  private static int firstPositive(ChannelFunction function, int channel, int largest) {
    int low = -largest;
    int high = largest + 1;
    while (low < high) {
      int middle = low + (high - low) / 2;
      if (isPositive(function, channel, middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /// The largest sum that becomes +1; `-largest - 1` if none does.
  private static int lastPositive(ChannelFunction function, int channel, int largest) {
    int low = -largest - 1;
    int high = largest;
    while (low < high) {
      int middle = high - (high - low) / 2;
      if (isPositive(function, channel, middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static void verify(
      ChannelFunction function, int channel, int bound, boolean descending, int largest) {
    for (int sum : new int[] {-largest, bound - 1, bound, bound + 1, largest}) {
      int inside = Math.clamp(sum, -largest, largest);
      boolean expected = descending ? inside <= bound : inside >= bound;
      if (isPositive(function, channel, inside) != expected) {
        throw new IllegalArgumentException(
            "the sign of channel %d changes more than once near the sum %d, expected one threshold"
                .formatted(channel, inside));
      }
    }
  }

  private static boolean isPositive(ChannelFunction function, int channel, int sum) {
    float value = function.apply(channel, sum);
    if (Float.isNaN(value)) {
      throw new IllegalArgumentException(
          "channel %d becomes NaN for the sum %d".formatted(channel, sum));
    }
    return value >= 0;
  }

  public int channels() {
    return bound.length;
  }

  /// Whether a sum of `channel` becomes +1.
  public boolean isPositive(int channel, int sum) {
    return descending[channel] ? sum <= bound[channel] : sum >= bound[channel];
  }

  boolean isDescending(int channel) {
    return descending[channel];
  }

  /// The count of differing bits above which the bit is set (value −1) or, if the rule is
  /// descending, clear.
  ///
  /// @param base see [WeightPanels#base]: the sum is `base - 2 count`
  int threshold(int channel, int base) {
    int distance = base - bound[channel];
    return descending[channel] ? Math.ceilDiv(distance, 2) - 1 : Math.floorDiv(distance, 2);
  }
}
