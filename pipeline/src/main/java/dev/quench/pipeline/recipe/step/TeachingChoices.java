// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.distill.Distillation;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.pipeline.train.PixelMetadata;
import java.io.IOException;
import java.util.List;

/// The options of a step that learns from a teacher.
final class TeachingChoices {
  private static final String TEACHER = "teacher";

  static final List<OptionSpec> OPTIONS =
      List.of(
          OptionSpec.artifact(TEACHER, StepKind.MODEL, Absent.PREVIOUS),
          OptionSpec.number("temperature", Double.MIN_VALUE, Double.MAX_VALUE),
          OptionSpec.number("soft-targets", Double.MIN_VALUE, 1));

  private TeachingChoices() {}

  static Model teacher(StepContext context) throws IOException {
    return OnnxReader.read(context.file(TEACHER));
  }

  /// @throws PipelineException if teacher and student take pixels normalized in different ways
  static Trainer applied(Trainer trainer, StepContext context, Model teacher, Model student) {
    if (PixelMetadata.isDeclared(teacher)
        && PixelMetadata.isDeclared(student)
        && !PixelMetadata.read(teacher).equals(PixelMetadata.read(student))) {
      throw new PipelineException(
          "the teacher takes pixels as %s, the network as %s; train both with one normalization"
              .formatted(PixelMetadata.read(teacher), PixelMetadata.read(student)));
    }
    Distillation usual = Distillation.DEFAULT;
    return trainer.withTeacher(
        teacher,
        new Distillation(
            context.options().number("temperature").orElse(usual.temperature()),
            context.options().number("soft-targets").orElse(usual.softTargets()),
            List.of(),
            List.of()));
  }
}
