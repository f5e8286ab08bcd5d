// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import java.util.List;

/// How many samples to give a model at a time when the user does not say.
public final class BatchSize {
  private BatchSize() {}

  /// What the inputs fix as the size of the batch, else `usual`.
  ///
  /// @param axes that count samples
  public static int suited(List<TensorSpec> inputs, BatchAxes axes, int usual) {
    return axes.fixedSize(BatchAxisOption.shapes(inputs)).orElse(usual);
  }
}
