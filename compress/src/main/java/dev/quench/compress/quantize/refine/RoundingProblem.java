// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.WeightQuantizer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Which weights of one group of output channels to round up and which down, so that Σ Δw · E[x·xᵀ]
/// · Δwᵀ is small, by gradient descent on soft roundings.
///
/// Source: Nagel et al., Up or Down? Adaptive Rounding for Post-Training Quantization, ICML 2020,
/// equations 20 to 24: w̃ = s · clip(⌊w/s⌋ + h(v)), h(v) = clip(σ(v)(ζ − γ) + γ, 0, 1) with ζ =
/// 1.1, γ = −0.1, regularizer λ Σ (1 − |2h − 1|^β), λ = 0.01, β from 20 to 2 by a cosine, none in
/// the first fifth. Differs: the error is that of the layer's output before its activation, from
/// second moments, in place of the output of batches behind the activation; Adam with a rate of
/// 0.01 and fewer steps.
final class RoundingProblem {
  private static final double ZETA = 1.1;
  private static final double GAMMA = -0.1;
  private static final double LAMBDA = 0.01;
  private static final double FIRST_BETA = 20;
  private static final double LAST_BETA = 2;
  private static final double WARM_UP = 0.2;
  private static final double RATE = 0.01;

  private final int channels;
  private final int k;
  private final float[] weights;
  private final float[] scales;
  private final INDArray moments;

  /// @param weights `[channels, k]`
  /// @param scales `[channels]`
  /// @param moments `[k, k]`
  RoundingProblem(float[] weights, float[] scales, INDArray moments) {
    this.channels = scales.length;
    this.k = weights.length / scales.length;
    this.weights = weights;
    this.scales = scales;
    this.moments = moments;
  }

  /// The mean squared error of the outputs that INT8 weights make.
  double error(byte[] quantized) {
    float[] difference = new float[weights.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = quantized[i] * scales[i / k] - weights[i];
    }
    float[] product = times(difference);
    double error = 0;
    for (int i = 0; i < difference.length; i++) {
      error += (double) difference[i] * product[i];
    }
    return error;
  }

  /// @param nearest INT8 weights to fall back to
  /// @return INT8 weights whose error is not larger than that of `nearest`
  byte[] solve(byte[] nearest, int steps) {
    byte[] found = descend(steps);
    return error(found) < error(nearest) ? found : nearest;
  }

  private byte[] descend(int steps) {
    int count = weights.length;
    float[] floor = new float[count];
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      float ratio = weights[i] / scales[i / k];
      floor[i] = (float) Math.floor(ratio);
      double rest = Math.clamp(ratio - floor[i], 1e-4, 1 - 1e-4);
      v[i] = (float) -Math.log((ZETA - GAMMA) / (rest - GAMMA) - 1);
    }
    float[] firstMoment = new float[count];
    float[] secondMoment = new float[count];
    float[] difference = new float[count];
    float[] h = new float[count];
    float[] slope = new float[count];
    for (int step = 1; step <= steps; step++) {
      for (int i = 0; i < count; i++) {
        double sigmoid = 1 / (1 + Math.exp(-v[i]));
        double soft = sigmoid * (ZETA - GAMMA) + GAMMA;
        h[i] = (float) Math.clamp(soft, 0.0, 1.0);
        slope[i] = soft > 0 && soft < 1 ? (float) (sigmoid * (1 - sigmoid) * (ZETA - GAMMA)) : 0;
        float quantized = Math.clamp(floor[i] + h[i], WeightQuantizer.MIN, WeightQuantizer.MAX);
        difference[i] = quantized * scales[i / k] - weights[i];
      }
      float[] product = times(difference);
      double progress = (double) step / steps;
      double beta = beta(progress);
      double firstBias = 1 - Math.pow(0.9, step);
      double secondBias = 1 - Math.pow(0.999, step);
      for (int i = 0; i < count; i++) {
        double gradient = 2 * product[i] * scales[i / k];
        if (progress > WARM_UP) {
          double centred = 2 * h[i] - 1;
          gradient -=
              LAMBDA * 2 * beta * Math.signum(centred) * Math.pow(Math.abs(centred), beta - 1);
        }
        gradient *= slope[i];
        firstMoment[i] = (float) (0.9 * firstMoment[i] + 0.1 * gradient);
        secondMoment[i] = (float) (0.999 * secondMoment[i] + 0.001 * gradient * gradient);
        v[i] -=
            (float)
                (RATE
                    * (firstMoment[i] / firstBias)
                    / (Math.sqrt(secondMoment[i] / secondBias) + 1e-8));
      }
    }
    byte[] rounded = new byte[count];
    for (int i = 0; i < count; i++) {
      rounded[i] =
          (byte)
              Math.clamp(floor[i] + (v[i] >= 0 ? 1 : 0), WeightQuantizer.MIN, WeightQuantizer.MAX);
    }
    return rounded;
  }

  private static double beta(double progress) {
    double after = Math.max(0, (progress - WARM_UP) / (1 - WARM_UP));
    return LAST_BETA + 0.5 * (FIRST_BETA - LAST_BETA) * (1 + Math.cos(after * Math.PI));
  }

  private float[] times(float[] rows) {
    return Nd4j.createFromArray(rows).reshape(channels, k).mmul(moments).dup('c').data().asFloat();
  }
}
