// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;

/// The distribution of a network's parameters.
///
/// @param zeroWeights share of the kernels and matrices that is exactly 0; 0 if there are none
/// @param smallScales share of the scales γ of BatchNormalization with |γ| below [#SMALL_SCALE]; 0
///   if there are none
/// @param scales the scales γ of BatchNormalization
/// @param latents latent weights of binary and ternary layers
public record WeightProfile(
    double zeroWeights, double smallScales, ValueHistogram scales, ValueHistogram latents) {
  /// Scales below this hardly pass anything on.
  public static final double SMALL_SCALE = 0.01;

  /// Of no parameters.
  public static final WeightProfile EMPTY =
      new WeightProfile(0, 0, ValueHistogram.EMPTY, ValueHistogram.EMPTY);

  static WeightProfile of(Parameters parameters) {
    float[] values = NativeFloats.toArray(parameters.values());
    int weights = Math.toIntExact(parameters.elements(Parameter.Role.WEIGHT));
    int scales = weights + Math.toIntExact(parameters.elements(Parameter.Role.SCALE));
    int latents = Math.toIntExact(parameters.elements(Parameter.Role.LATENT));
    return new WeightProfile(
        share(values, 0, weights, 0),
        share(values, weights, scales, SMALL_SCALE),
        ValueHistogram.of(values, weights, scales),
        ValueHistogram.of(values, values.length - latents, values.length));
  }

  private static double share(float[] values, int from, int to, double bound) {
    int below = 0;
    for (int i = from; i < to; i++) {
      below += values[i] == 0 || Math.abs(values[i]) < bound ? 1 : 0;
    }
    return from < to ? (double) below / (to - from) : 0;
  }
}
