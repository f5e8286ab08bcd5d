// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Turns counts of differing bits into output bits or floats. Arrays are indexed by lane across all
/// panels, or by border class and lane.
sealed interface Epilogue {
  /// Outputs bits: set if the count is above the threshold, then flipped if the mask says so.
  final class Threshold implements Epilogue {
    /// By class and lane.
    final int[] threshold;

    /// By panel: one bit per lane.
    final long[] flip;

    private Threshold(int[] threshold, long[] flip) {
      this.threshold = threshold;
      this.flip = flip;
    }
  }

  /// Outputs floats: `(base - 2 count) * factor + summand`, rounded after each of the last two
  /// operations. Computed as `(base / 2 - count) * 2 factor + summand`, which is bit-identical:
  /// half a base, its difference from the count and twice a factor are exact.
  final class Affine implements Epilogue {
    /// By class and lane.
    final float[] halfBase;

    final float[] twiceFactor;
    final float[] summand;

    private Affine(float[] halfBase, float[] twiceFactor, float[] summand) {
      this.halfBase = halfBase;
      this.twiceFactor = twiceFactor;
      this.summand = summand;
    }
  }

  static Epilogue of(WeightPanels weights, IndirectionBuffer indirection, SignThresholds rule) {
    int lanes = weights.lanes();
    int[] threshold = new int[Math.multiplyExact(indirection.classes(), lanes)];
    long[] flip = new long[weights.panels];
    for (int lane = 0; lane < lanes; lane++) {
      if (lane < weights.outChannels && rule.isDescending(lane)) {
        flip[lane / WeightPanels.LANES] |= 1L << lane;
      }
      for (int border = 0; border < indirection.classes(); border++) {
        // Lanes beyond the last channel never set their pad bit.
        threshold[border * lanes + lane] =
            lane < weights.outChannels
                ? rule.threshold(lane, weights.base(lane, indirection.classes.get(border)))
                : Integer.MAX_VALUE;
      }
    }
    return new Threshold(threshold, flip);
  }

  static Epilogue of(WeightPanels weights, IndirectionBuffer indirection, ChannelFunction affine) {
    int lanes = weights.lanes();
    float[] halfBase = new float[Math.multiplyExact(indirection.classes(), lanes)];
    float[] twiceFactor = new float[lanes];
    float[] summand = new float[lanes];
    float[] factors = affine.factors();
    for (int lane = 0; lane < weights.outChannels; lane++) {
      twiceFactor[lane] = 2 * factors[lane];
    }
    System.arraycopy(affine.summands(), 0, summand, 0, weights.outChannels);
    for (int border = 0; border < indirection.classes(); border++) {
      for (int lane = 0; lane < weights.outChannels; lane++) {
        halfBase[border * lanes + lane] =
            weights.base(lane, indirection.classes.get(border)) / 2.0f;
      }
    }
    return new Affine(halfBase, twiceFactor, summand);
  }
}
