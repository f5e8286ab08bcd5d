// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Computes an update of the weights w from the gradient g; η is the learning rate of the step.
public sealed interface Optimizer {
  /// The learning rate that the [Schedule] scales.
  double learningRate();

  /// The same with another learning rate.
  Optimizer withLearningRate(double rate);

  /// The same with another weight decay.
  ///
  /// @throws IllegalArgumentException if the optimizer has none
  Optimizer withWeightDecay(double decay);

  /// b ← momentum · b + g + weightDecay · w, w ← w − η · b. Weight decay applies to kernels and
  /// matrices, not to biases, normalizations and latent weights.
  record Sgd(double learningRate, double momentum, double weightDecay) implements Optimizer {
    public Sgd {
      requirePositive("learning rate", learningRate);
      requireFraction("momentum", momentum);
      requireNotNegative("weight decay", weightDecay);
    }

    @Override
    public Sgd withLearningRate(double rate) {
      return new Sgd(rate, momentum, weightDecay);
    }

    @Override
    public Sgd withWeightDecay(double decay) {
      return new Sgd(learningRate, momentum, decay);
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

    @Override
    public Adam withLearningRate(double rate) {
      return new Adam(rate, beta1, beta2, weightDecay);
    }

    @Override
    public Adam withWeightDecay(double decay) {
      return new Adam(learningRate, beta1, beta2, decay);
    }
  }

  /// m ← β₁ m + (1 − β₁) g, v ← max(β₂ v, |g|), w ← w − η / (1 − β₁ᵗ) · m / (v + 1e-8). Weight
  /// decay as for [Adam]. Source: Kingma and Ba, ICLR 2015, algorithm 2.
  record AdaMax(double learningRate, double beta1, double beta2, double weightDecay)
      implements Optimizer {
    public AdaMax {
      requirePositive("learning rate", learningRate);
      requireFraction("beta1", beta1);
      requireFraction("beta2", beta2);
      requireNotNegative("weight decay", weightDecay);
    }

    @Override
    public AdaMax withLearningRate(double rate) {
      return new AdaMax(rate, beta1, beta2, weightDecay);
    }

    @Override
    public AdaMax withWeightDecay(double decay) {
      return new AdaMax(learningRate, beta1, beta2, decay);
    }
  }

  /// [AdaMax] with powers of two for factors: w ← w − AP2(η / (1 − β₁ᵗ)) · m / max(AP2(v), 2⁻²⁷).
  /// Only the step rounds v; v itself keeps its precision, or it would never fall. Source: Hubara
  /// et al., Binarized Neural Networks, NIPS 2016, algorithm 4, with the exponent t that the
  /// listing omits.
  record ShiftAdaMax(double learningRate, double beta1, double beta2) implements Optimizer {
    public ShiftAdaMax {
      requirePositive("learning rate", learningRate);
      requireFraction("beta1", beta1);
      requireFraction("beta2", beta2);
    }

    @Override
    public ShiftAdaMax withLearningRate(double rate) {
      return new ShiftAdaMax(rate, beta1, beta2);
    }

    @Override
    public ShiftAdaMax withWeightDecay(double decay) {
      if (decay != 0) {
        throw new IllegalArgumentException("shift-based AdaMax has no weight decay, got " + decay);
      }
      return this;
    }
  }

  /// Flips binary weights instead of moving latent ones: m ← (1 − γ) m + γ g, and w ← −w where |m|
  /// > τ and m has the sign of w. γ follows the [Schedule] as the learning rate does. All other
  /// > parameters follow [Adam] with β 0.9 and 0.999. Source: Helwegen et al., Latent Weights Do
  /// > Not Exist, NeurIPS 2019, algorithm 1.
  ///
  /// @param learningRate of the other parameters
  /// @param adaptivity γ
  /// @param threshold τ
  record Bop(double learningRate, double adaptivity, double threshold) implements Optimizer {
    public Bop {
      requirePositive("learning rate", learningRate);
      requireFraction("adaptivity", adaptivity);
      requirePositive("adaptivity", adaptivity);
      requireNotNegative("threshold", threshold);
    }

    @Override
    public Bop withLearningRate(double rate) {
      return new Bop(rate, adaptivity, threshold);
    }

    @Override
    public Bop withWeightDecay(double decay) {
      if (decay != 0) {
        throw new IllegalArgumentException("bop has no weight decay, got " + decay);
      }
      return this;
    }
  }

  /// Multiplies the updates of latent weights by the Glorot factor of their layer, 1 / √(1.5 /
  /// (fan-in + fan-out)), rounded to a power of two for [ShiftAdaMax]. Source: Courbariaux et al.,
  /// BinaryConnect, NIPS 2015, section 2.5; Glorot and Bengio, AISTATS 2010.
  ///
  /// @param base not [Bop], which has no latent weights, and not scaled itself
  record GlorotScaled(Optimizer base) implements Optimizer {
    public GlorotScaled {
      if (base instanceof Bop || base instanceof GlorotScaled) {
        throw new IllegalArgumentException(
            "Glorot scaling is for optimizers of latent weights; bop has none, and no optimizer is scaled twice");
      }
    }

    @Override
    public double learningRate() {
      return base.learningRate();
    }

    @Override
    public GlorotScaled withLearningRate(double rate) {
      return new GlorotScaled(base.withLearningRate(rate));
    }

    @Override
    public GlorotScaled withWeightDecay(double decay) {
      return new GlorotScaled(base.withWeightDecay(decay));
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

  /// AdaMax with β 0.9 and 0.999 and without weight decay.
  static AdaMax adaMax(double learningRate) {
    return new AdaMax(learningRate, 0.9, 0.999, 0);
  }

  /// Shift-based AdaMax with β 0.9 and 0.999.
  static ShiftAdaMax shiftAdaMax(double learningRate) {
    return new ShiftAdaMax(learningRate, 0.9, 0.999);
  }

  /// Bop with γ 1e-3 and τ 1e-8.
  ///
  /// @param learningRate of the parameters that are not binary
  static Bop bop(double learningRate) {
    return new Bop(learningRate, 1e-3, 1e-8);
  }

  /// Leaves room for the factors that multiply it, which libtorch takes as FP32.
  double LARGEST = 1e6;

  private static void requirePositive(String what, double value) {
    if (!(value > 0 && value <= LARGEST)) {
      throw new IllegalArgumentException(
          "%s must be above 0 and at most %.0e, got %s".formatted(what, LARGEST, value));
    }
  }

  private static void requireNotNegative(String what, double value) {
    if (!(value >= 0 && value <= LARGEST)) {
      throw new IllegalArgumentException(
          "%s must be from 0 to %.0e, got %s".formatted(what, LARGEST, value));
    }
  }

  private static void requireFraction(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " must be in [0, 1), got " + value);
    }
  }
}
