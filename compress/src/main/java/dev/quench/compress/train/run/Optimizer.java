// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Computes an update of the weights w from the gradient g; η is the learning rate of the step.
public sealed interface Optimizer {
  /// The learning rate that the [Schedule] scales.
  double learningRate();

  /// b ← momentum · b + g + weightDecay · w, w ← w − η · b. Weight decay applies to kernels and
  /// matrices, not to biases, normalizations and latent weights.
  record Sgd(double learningRate, double momentum, double weightDecay) implements Optimizer {
    public Sgd {
      requirePositive("learning rate", learningRate);
      requireFraction("momentum", momentum);
      requireNotNegative("weight decay", weightDecay);
    }
  }

  /// Adam with bias correction; ε = 1e-8. Weight decay is added to the gradients of kernels and
  /// matrices only. Source: Kingma and Ba, ICLR 2015, algorithm 1.
  record Adam(double learningRate, double beta1, double beta2, double weightDecay)
      implements Optimizer {
    public Adam {
      requirePositive("learning rate", learningRate);
      requireFraction("beta1", beta1);
      requireFraction("beta2", beta2);
      requireNotNegative("weight decay", weightDecay);
    }
  }

  /// SGD with momentum 0.9 and weight decay 5e-4, for float networks.
  static Sgd sgd(double learningRate) {
    return new Sgd(learningRate, 0.9, 5e-4);
  }

  /// Adam with β 0.9 and 0.999 and without weight decay, for binary and ternary networks.
  static Adam adam(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 0);
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(what + " must be above 0 and finite, got " + value);
    }
  }

  private static void requireNotNegative(String what, double value) {
    if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(what + " must be 0 or more and finite, got " + value);
    }
  }

  private static void requireFraction(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " must be in [0, 1), got " + value);
    }
  }
}
