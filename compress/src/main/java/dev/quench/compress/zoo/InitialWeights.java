// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;

/// Draws the weights that a network begins with, uniform around 0, one kernel after the other.
final class InitialWeights {
  private enum Rule {
    XAVIER,
    HE
  }

  private final Rule rule;
  private final SplittableRandom random;

  private InitialWeights(Rule rule, long seed) {
    this.rule = rule;
    this.random = new SplittableRandom(seed);
  }

  /// Within ±√(6 / (fan-in + fan-out)). Source: Glorot and Bengio, AISTATS 2010, equation 16.
  static InitialWeights xavier(long seed) {
    return new InitialWeights(Rule.XAVIER, seed);
  }

  /// Within ±√(6 / fan-in), a variance of 2 / fan-in, so that activations behind rectifiers keep
  /// their size through any number of layers. Source: He et al., ICCV 2015, equation 10.
  static InitialWeights he(long seed) {
    return new InitialWeights(Rule.HE, seed);
  }

  Tensor kernel(Shape shape, int fanIn, int fanOut) {
    double bound =
        switch (rule) {
          case XAVIER -> Math.sqrt(6.0 / (fanIn + fanOut));
          case HE -> Math.sqrt(6.0 / fanIn);
        };
    return within(bound, shape);
  }

  /// Within ±1, one a channel.
  Tensor shifts(int channels) {
    return within(1, Shape.of(channels));
  }

  private Tensor within(double bound, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return Tensor.ofFloats(shape, values);
  }
}
