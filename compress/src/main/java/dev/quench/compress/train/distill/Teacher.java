// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.distill;

import dev.quench.compress.train.distill.Distillation.Attention;
import dev.quench.compress.train.distill.Distillation.Hint;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ProgramOptions;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/// A trained network as teacher of one student, with the losses of a [Distillation]. Owns the
/// teacher's tensors; close it. Not thread-safe.
public final class Teacher implements AutoCloseable {
  private final Program program;
  private final Distillation distillation;
  private final Regressors regressors;
  private final List<String> taps;

  private Teacher(Program program, Distillation distillation, Regressors regressors) {
    this.program = program;
    this.distillation = distillation;
    this.regressors = regressors;
    this.taps = new ArrayList<>(regressors.outputs());
    distillation.attention().forEach(pair -> taps.add(pair.student()));
  }

  /// Compiles the teacher and adds the regressors of hints to the student.
  ///
  /// @param teacher not edited
  /// @param student edited until [#detach]
  /// @param device of the training
  /// @param seed of the regressors' weights
  /// @throws ModelFormatException if teacher and student differ in input or outputs, or a tensor is
  ///   missing
  public static Teacher of(
      Model teacher, Model student, Distillation distillation, Device device, long seed) {
    Model compiled = teacher.copy();
    ShapeInference.infer(compiled);
    ShapeInference.infer(student);
    requireSameEnds(compiled, student);
    for (Attention pair : distillation.attention()) {
      requireImage(Regressors.named(student.graph(), "student", pair.student()), "student");
      requireImage(Regressors.named(compiled.graph(), "teacher", pair.teacher()), "teacher");
    }
    List<Hint> hints = distillation.hints();
    Regressors regressors = Regressors.attach(student.graph(), compiled.graph(), hints, seed);
    ProgramOptions options =
        ProgramOptions.LOGITS.withTaps(distillation.teacherTensors()).withDevice(device);
    return new Teacher(Program.compile(compiled, options), distillation, regressors);
  }

  private static void requireImage(Value value, String whose) {
    if (value.shape().filter(shape -> shape.rank() == 4).isEmpty()) {
      throw new ModelFormatException(
          "attention needs images [N, C, H, W], but the %s's tensor '%s' is %s"
              .formatted(
                  whose,
                  value.name(),
                  value.shape().map(Shape::toString).orElse("of unknown shape")));
    }
  }

  private static void requireSameEnds(Model teacher, Model student) {
    requireSame(
        "takes",
        teacher.graph().requiredInputs().getFirst().shape().orElse(null),
        student.graph().requiredInputs().getFirst().shape().orElse(null));
    requireSame(
        "gives",
        teacher.graph().outputs().getFirst().shape().orElse(null),
        student.graph().outputs().getFirst().shape().orElse(null));
  }

  private static void requireSame(String verb, @Nullable Shape teacher, @Nullable Shape student) {
    if (teacher == null || student == null) {
      return;
    }
    boolean same = teacher.rank() == student.rank();
    for (int axis = 1; same && axis < teacher.rank(); axis++) {
      same =
          !(teacher.dim(axis) instanceof Dim.Fixed(long a)
              && student.dim(axis) instanceof Dim.Fixed(long b)
              && a != b);
    }
    if (!same) {
      throw new ModelFormatException(
          "the teacher %s %s and the student %s; distillation needs the same classes and the same input"
              .formatted(verb, teacher, student));
    }
  }

  /// Names of the student's tensors that [#loss] needs, after its first output.
  public List<String> taps() {
    return taps;
  }

  /// The teacher's part of the loss, with its weights.
  ///
  /// @param labelLoss the loss of the labels
  /// @param logits of the student, FP32 `[batch, classes]`
  /// @param tapped the student's tensors of [#taps], FP32
  /// @param batch what the student got
  /// @param compute the teacher's type
  public Tensor loss(
      Tensor labelLoss, Tensor logits, List<Tensor> tapped, Tensor batch, Compute compute) {
    Tensor[] taught;
    try (NoGradGuard _ = new NoGradGuard()) {
      taught = program.runAll(batch, false, compute);
    }
    double share = distillation.softTargets();
    Tensor total = labelLoss;
    if (share > 0) {
      Tensor soft =
          DistillationLosses.softTargets(
              logits, taught[0].reshape(logits.size(0), -1), distillation.temperature());
      total = labelLoss.mul(new Scalar(1 - share)).add(soft, new Scalar(share));
    }
    int next = 0;
    for (Hint hint : distillation.hints()) {
      Tensor loss = DistillationLosses.hint(tapped.get(next), taught[next + 1]);
      total = total.add(loss, new Scalar(hint.weight()));
      next++;
    }
    for (Attention pair : distillation.attention()) {
      Tensor loss = DistillationLosses.attention(tapped.get(next), taught[next + 1]);
      total = total.add(loss, new Scalar(pair.weight()));
      next++;
    }
    return total;
  }

  /// Removes from the student what [#of] added.
  public void detach() {
    regressors.detach();
  }

  @Override
  public void close() {
    program.close();
  }
}
