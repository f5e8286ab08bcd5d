// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.program.Constants;
import dev.quench.compress.train.program.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Updates all parameters from their gradients, on the flat vectors.
public final class OptimizerState implements AutoCloseable {
  private static final double EPSILON = 1e-8;

  private final Optimizer optimizer;
  private final Parameters parameters;
  private final List<Tensor> moments;

  public OptimizerState(Optimizer optimizer, Parameters parameters) {
    this.optimizer = optimizer;
    this.parameters = parameters;
    this.moments =
        switch (optimizer) {
          case Optimizer.Sgd _ -> List.of(NativeFloats.zeros(parameters.trained()));
          case Optimizer.Adam _ ->
              List.of(
                  NativeFloats.zeros(parameters.trained()),
                  NativeFloats.zeros(parameters.trained()));
        };
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
        case Optimizer.Adam adam -> descend(adam, learningRate, step);
      }
      long latent = parameters.elements(Parameter.Role.LATENT);
      if (latent > 0) {
        torch.hardtanh_(
            parameters.group(parameters.values(), Parameter.Role.LATENT),
            Constants.MINUS_ONE,
            Constants.ONE);
      }
    }
  }

  private void descend(Optimizer.Sgd sgd, double learningRate) {
    decay(sgd.weightDecay());
    Tensor velocity = moments.getFirst();
    velocity.mul_(new Scalar(sgd.momentum())).add_(parameters.gradients());
    parameters.values().add_(velocity, new Scalar(-learningRate));
  }

  private void descend(Optimizer.Adam adam, double learningRate, long step) {
    decay(adam.weightDecay());
    Tensor gradients = parameters.gradients();
    Tensor first = moments.get(0);
    Tensor second = moments.get(1);
    first.lerp_(gradients, new Scalar(1 - adam.beta1()));
    second
        .mul_(new Scalar(adam.beta2()))
        .addcmul_(gradients, gradients, new Scalar(1 - adam.beta2()));
    double firstBias = 1 - Math.pow(adam.beta1(), step + 1.0);
    double secondBias = 1 - Math.pow(adam.beta2(), step + 1.0);
    Tensor deviation =
        second.sqrt().div_(new Scalar(Math.sqrt(secondBias))).add_(new Scalar(EPSILON));
    parameters.values().addcdiv_(first, deviation, new Scalar(-learningRate / firstBias));
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
  }
}
