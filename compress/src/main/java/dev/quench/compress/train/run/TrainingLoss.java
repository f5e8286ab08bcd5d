// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.distill.Teacher;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.run.Objective.OutputLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// The sum of all losses of an [Objective], and of what a teacher adds.
public final class TrainingLoss {
  private final Objective objective;
  private final Optional<Teacher> teacher;
  private final Compute compute;

  public TrainingLoss(Objective objective, Optional<Teacher> teacher, Compute compute) {
    this.objective = objective;
    this.teacher = teacher;
    this.compute = compute;
  }

  /// Names of the values that the loss needs after the first output.
  public List<String> taps() {
    List<String> taps = new ArrayList<>();
    objective.others().forEach(other -> taps.add(other.output()));
    teacher.ifPresent(each -> taps.addAll(each.taps()));
    return taps;
  }

  /// @param outputs the first output, then the taps, FP32, samples along the first axis
  /// @param labels INT64 `[batch]`
  /// @param batch what the outputs were computed from
  Tensor of(Tensor[] outputs, Tensor labels, Tensor batch) {
    long count = labels.size(0);
    Tensor logits = outputs[0].reshape(count, -1);
    Tensor sum = objective.loss().of(logits, labels, objective.labelSmoothing());
    List<OutputLoss> others = objective.others();
    for (int i = 0; i < others.size(); i++) {
      Tensor loss = others.get(i).loss().of(outputs[i + 1].reshape(count, -1), labels);
      sum = sum.add(loss, new Scalar(others.get(i).weight()));
    }
    if (teacher.isEmpty()) {
      return sum;
    }
    List<Tensor> tapped = Arrays.asList(outputs).subList(1 + others.size(), outputs.length);
    return teacher.get().loss(sum, logits, tapped, batch, compute);
  }
}
