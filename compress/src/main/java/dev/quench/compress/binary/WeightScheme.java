// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// How latent weights become binary or ternary.
///
/// @param bits levels of the weights
/// @param scale where α multiplies the sums
/// @param centred whether the mean over the inputs of a filter is subtracted from the latent
///   weights before their sign is taken; a filter of one input, as depthwise convolutions have, is
///   left as it is. Latent weights themselves keep their mean. Source: Rastegari et al., XNOR-Net,
///   ECCV 2016, section 3.2 (in the published code)
/// @param stochastic whether training draws +1 with the probability clip((w + 1) / 2, 0, 1) and −1
///   otherwise; evaluation and export take the sign. Source: Hubara et al., Binarized Neural
///   Networks, NIPS 2016, eq. 2
public record WeightScheme(
    WeightBits bits, BinaryScale scale, boolean centred, boolean stochastic) {
  /// −1 and +1 by the sign, α where it is needed.
  public static final WeightScheme BINARY = of(WeightBits.BINARY);

  /// −1, 0 and +1, α where it is needed.
  public static final WeightScheme TERNARY = of(WeightBits.TERNARY);

  public WeightScheme {
    if (bits != WeightBits.BINARY && (centred || stochastic)) {
      throw new IllegalArgumentException(
          "only 1-bit weights can be %s, got %s weights"
              .formatted(centred ? "centred" : "drawn at random", bits));
    }
  }

  /// α where it is needed, neither centred nor stochastic.
  public static WeightScheme of(WeightBits bits) {
    return new WeightScheme(bits, BinaryScale.WHERE_NEEDED, false, false);
  }

  public WeightScheme withScale(BinaryScale chosen) {
    return new WeightScheme(bits, chosen, centred, stochastic);
  }

  public WeightScheme withCentred(boolean chosen) {
    return new WeightScheme(bits, scale, chosen, stochastic);
  }

  public WeightScheme withStochastic(boolean chosen) {
    return new WeightScheme(bits, scale, centred, chosen);
  }
}
