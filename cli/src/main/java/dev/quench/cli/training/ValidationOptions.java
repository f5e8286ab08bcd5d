// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.output.OptionGroup;
import dev.quench.compress.train.run.Validation;
import dev.quench.compress.train.run.Validation.Keep;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Samples held back, and which epoch they choose.
@OptionGroup("Validation")
public final class ValidationOptions {
  @Option(
      names = "--validation",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Training samples to hold back for validation after each epoch; default ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--keep",
      paramLabel = "EPOCH",
      description =
          "best (by the accuracy on the validation samples, never on the test set) or last; default best with --validation, else last.")
  private @Nullable Keep keep;

  /// @throws IllegalArgumentException if the options do not go together
  public Validation validation() {
    if (keep == Keep.BEST && samples == 0) {
      throw new IllegalArgumentException("--keep best needs --validation N to judge epochs by");
    }
    return keep == null ? Validation.of(samples) : new Validation(samples, keep);
  }
}
