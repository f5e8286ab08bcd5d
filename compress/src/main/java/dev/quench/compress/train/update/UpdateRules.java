// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import dev.quench.graph.pattern.NodeSelection;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Applies [Regularization] and [ParameterRules] around each step of the optimizer, as a few
/// operations on the flat vectors. Not thread-safe.
public final class UpdateRules implements AutoCloseable {
  private static final double EPSILON = 1e-6;

  private final Parameters parameters;
  private final Regularization regularization;
  private final boolean hasScales;
  private final @Nullable Tensor rates;
  private final @Nullable Tensor before;
  private final @Nullable Tensor mask;

  /// Reads pruned weights from the model's initializers.
  public UpdateRules(Parameters parameters, Regularization regularization, ParameterRules rules) {
    this.parameters = parameters;
    this.regularization = regularization;
    this.hasScales = parameters.elements(Parameter.Role.SCALE) > 0;
    this.rates = rules.learningRates().isEmpty() ? null : rates(rules.learningRates());
    this.before = rates == null ? null : NativeFloats.zerosLike(parameters.values());
    this.mask =
        rules.zerosKept()
            ? NativeFloats.like(parameters.values(), ZeroMask.of(parameters.all()))
            : null;
  }

  /// Between the backward pass and the optimizer's step: limits the gradients, then adds the
  /// penalty.
  public void beforeStep() {
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor gradients = parameters.gradients();
      if (regularization.gradientNorm() < Double.POSITIVE_INFINITY) {
        Tensor factor =
            torch
                .reciprocal(gradients.norm().add(new Scalar(EPSILON)))
                .mul_(new Scalar(regularization.gradientNorm()))
                .clamp_max_(Constants.ONE);
        gradients.mul_(factor);
      }
      if (shrinks(SparsityMethod.L1)) {
        parameters
            .group(gradients, Parameter.Role.SCALE)
            .add_(
                parameters.group(parameters.values(), Parameter.Role.SCALE).sign(),
                new Scalar(regularization.sparsity()));
      }
      if (before != null) {
        before.copy_(parameters.values());
      }
    }
  }

  /// After the optimizer's step.
  ///
  /// @param learningRate of the step
  public void afterStep(double learningRate) {
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor values = parameters.values();
      if (before != null && rates != null) {
        values.copy_(before.lerp(values, rates));
        torch.hardtanh_(
            parameters.group(values, Parameter.Role.LATENT), Constants.MINUS_ONE, Constants.ONE);
      }
      if (shrinks(SparsityMethod.ISTA)) {
        Tensor scales = parameters.group(values, Parameter.Role.SCALE);
        scales.copy_(
            torch.softshrink(scales, new Scalar(learningRate * regularization.sparsity())));
      }
      if (mask != null) {
        values.mul_(mask).add_(Constants.ZERO); // −0 becomes 0
      }
    }
  }

  private boolean shrinks(SparsityMethod method) {
    return hasScales && regularization.sparsity() > 0 && regularization.method() == method;
  }

  private Tensor rates(Map<String, Double> factors) {
    float[] rates = new float[Math.toIntExact(parameters.trained())];
    int at = 0;
    for (Parameter parameter : parameters.all()) {
      if (parameter.role() == Parameter.Role.STATISTIC) {
        continue;
      }
      double factor = 1;
      for (Map.Entry<String, Double> entry : factors.entrySet()) {
        if (NodeSelection.of(List.of(entry.getKey())).contains(parameter.layer())) {
          factor = entry.getValue();
        }
      }
      int end = at + Math.toIntExact(parameter.elements());
      while (at < end) {
        rates[at++] = (float) factor;
      }
    }
    return NativeFloats.like(parameters.values(), rates);
  }

  @Override
  public void close() {
    for (Tensor owned : new Tensor[] {rates, before, mask}) {
      if (owned != null) {
        owned.close();
      }
    }
  }
}
