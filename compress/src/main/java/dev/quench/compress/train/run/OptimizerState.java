// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.BinaryEstimators;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Updates all parameters from their gradients, on the flat vectors.
public final class OptimizerState implements AutoCloseable {
  private static final double EPSILON = 1e-8;
  private static final double LEAST_POWER = 0x1p-27;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;

  private final Optimizer optimizer;
  private final Parameters parameters;
  private final List<Tensor> moments;

  /// Factors of the updates, one for each trained value; null for 1.
  private final @Nullable Tensor factors;

  /// @throws TrainingException if [Optimizer.Bop] is to train other weights than binary ones
  public OptimizerState(Optimizer optimizer, Parameters parameters) {
    this.optimizer = optimizer instanceof Optimizer.GlorotScaled(Optimizer base) ? base : optimizer;
    this.parameters = parameters;
    this.factors =
        optimizer instanceof Optimizer.GlorotScaled
            ? GlorotFactors.of(parameters, this.optimizer instanceof Optimizer.ShiftAdaMax)
            : null;
    this.moments = new ArrayList<>();
    for (int i = 0; i < (this.optimizer instanceof Optimizer.Sgd ? 1 : 2); i++) {
      moments.add(NativeFloats.zerosLike(parameters.values()));
    }
    if (this.optimizer instanceof Optimizer.Bop) {
      BinaryState.require(parameters);
      BinaryState.binarize(latent(parameters.values()));
    }
  }

  /// The moment vectors, which a checkpoint saves.
  List<Tensor> moments() {
    return moments;
  }

  /// Takes one step and clips latent weights to [−1, 1].
  ///
  /// @param step from 0
  void step(double learningRate, long step) {
    try (NoGradGuard _ = new NoGradGuard()) {
      switch (optimizer) {
        case Optimizer.Sgd sgd -> descend(sgd, learningRate);
        case Optimizer.Adam adam -> {
          decay(adam.weightDecay());
          adam(adam.beta1(), adam.beta2(), learningRate, step, 0, parameters.trained());
        }
        case Optimizer.AdaMax adaMax -> descend(adaMax, learningRate, step);
        case Optimizer.ShiftAdaMax shift -> descend(shift, learningRate, step);
        case Optimizer.Bop bop -> {
          long latent = parameters.elements(Parameter.Role.LATENT);
          adam(BETA1, BETA2, learningRate, step, 0, parameters.trained() - latent);
          double adaptivity = bop.adaptivity() * learningRate / bop.learningRate();
          BinaryState.flip(
              latent(parameters.values()),
              latent(parameters.gradients()),
              latent(moments.getFirst()),
              adaptivity,
              bop.threshold());
        }
        case Optimizer.GlorotScaled _ -> throw new AssertionError("unwrapped by the constructor");
      }
      if (parameters.elements(Parameter.Role.LATENT) > 0) {
        torch.hardtanh_(latent(parameters.values()), Constants.MINUS_ONE, Constants.ONE);
      }
    }
  }

  private Tensor latent(Tensor flat) {
    return parameters.group(flat, Parameter.Role.LATENT);
  }

  private void descend(Optimizer.Sgd sgd, double learningRate) {
    decay(sgd.weightDecay());
    Tensor velocity = moments.getFirst();
    velocity.mul_(new Scalar(sgd.momentum())).add_(parameters.gradients());
    parameters.values().add_(scaled(velocity), new Scalar(-learningRate));
  }

  private void adam(
      double beta1, double beta2, double learningRate, long step, long from, long count) {
    Tensor gradients = parameters.gradients().narrow(0, from, count);
    Tensor first = moments.get(0).narrow(0, from, count);
    Tensor second = moments.get(1).narrow(0, from, count);
    first.lerp_(gradients, new Scalar(1 - beta1));
    second.mul_(new Scalar(beta2)).addcmul_(gradients, gradients, new Scalar(1 - beta2));
    double firstBias = 1 - Math.pow(beta1, step + 1.0);
    double secondBias = 1 - Math.pow(beta2, step + 1.0);
    Tensor deviation =
        second.sqrt().div_(new Scalar(Math.sqrt(secondBias))).add_(new Scalar(EPSILON));
    parameters
        .values()
        .narrow(0, from, count)
        .addcdiv_(
            factors == null ? first : first.mul(factors.narrow(0, from, count)),
            deviation,
            new Scalar(-learningRate / firstBias));
  }

  private void descend(Optimizer.AdaMax adaMax, double learningRate, long step) {
    decay(adaMax.weightDecay());
    Tensor norm = average(adaMax.beta1(), adaMax.beta2());
    double rate = learningRate / (1 - Math.pow(adaMax.beta1(), step + 1.0));
    parameters
        .values()
        .addcdiv_(scaled(moments.getFirst()), norm.add(new Scalar(EPSILON)), new Scalar(-rate));
  }

  private void descend(Optimizer.ShiftAdaMax shift, double learningRate, long step) {
    Tensor norm = average(shift.beta1(), shift.beta2());
    double rate = learningRate / (1 - Math.pow(shift.beta1(), step + 1.0));
    Tensor power = BinaryEstimators.nearestPowerOfTwo(norm).clamp_min(new Scalar(LEAST_POWER));
    parameters
        .values()
        .addcdiv_(scaled(moments.getFirst()), power, new Scalar(-PowerOfTwo.nearest((float) rate)));
  }

  /// Updates the mean of the gradients, and their largest magnitude, which it returns.
  private Tensor average(double beta1, double beta2) {
    Tensor gradients = parameters.gradients();
    moments.getFirst().lerp_(gradients, new Scalar(1 - beta1));
    Tensor norm = moments.get(1);
    norm.copy_(torch.maximum(norm.mul(new Scalar(beta2)), gradients.abs()));
    return norm;
  }

  private Tensor scaled(Tensor update) {
    return factors == null ? update : update.mul(factors);
  }

  private void decay(double weightDecay) {
    long weights = parameters.elements(Parameter.Role.WEIGHT);
    if (weightDecay > 0 && weights > 0) {
      parameters
          .gradients()
          .narrow(0, 0, weights)
          .add_(parameters.values().narrow(0, 0, weights), new Scalar(weightDecay));
    }
  }

  @Override
  public void close() {
    moments.forEach(Tensor::close);
    if (factors != null) {
      factors.close();
    }
  }
}
