// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.output.OptionGroup;
import dev.quench.compress.train.update.Regularization;
import dev.quench.compress.train.update.SparsityMethod;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is added to the gradients, and their limit.
@OptionGroup("Regularization")
public final class RegularizationOptions {
  @Option(
      names = "--sparsity",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "Sparse training: strength of the L1 penalty on the scales of BatchNormalization, such as 1e-4, which 'prune' then ranks channels by; default ${DEFAULT-VALUE}.")
  private double sparsity;

  @Option(
      names = "--sparsity-method",
      paramLabel = "M",
      defaultValue = "l1",
      description =
          "l1 (adds to the gradient) or ista (shrinks after the step, down to exactly 0); default ${DEFAULT-VALUE}.")
  private SparsityMethod method;

  @Option(
      names = "--clip-gradient",
      paramLabel = "NORM",
      description = "Scale gradients down to this norm, all parameters together; default: never.")
  private @Nullable Double gradientNorm;

  /// @throws IllegalArgumentException if a number is out of range
  public Regularization regularization() {
    return new Regularization(
        sparsity, method, gradientNorm == null ? Double.POSITIVE_INFINITY : gradientNorm);
  }
}
