// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.run.Objective.OutputLoss;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// The sum of all losses of an [Objective].
public final class TrainingLoss {
  private final Objective objective;

  TrainingLoss(Objective objective) {
    this.objective = objective;
  }

  /// Names of the values that the loss needs after the first output.
  public static List<String> taps(Objective objective) {
    return objective.others().stream().map(OutputLoss::output).toList();
  }

  /// @param outputs the first output, then the taps, FP32, samples along the first axis
  /// @param labels INT64 `[batch]`
  Tensor of(Tensor[] outputs, Tensor labels) {
    long batch = labels.size(0);
    Tensor sum =
        objective.loss().of(outputs[0].reshape(batch, -1), labels, objective.labelSmoothing());
    List<OutputLoss> others = objective.others();
    for (int i = 0; i < others.size(); i++) {
      Tensor loss = others.get(i).loss().of(outputs[i + 1].reshape(batch, -1), labels);
      sum = sum.add(loss, new Scalar(others.get(i).weight()));
    }
    return sum;
  }
}
