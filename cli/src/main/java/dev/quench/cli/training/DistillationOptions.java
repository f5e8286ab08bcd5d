// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.NormalizationOptions;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.distill.Distillation;
import dev.quench.compress.train.distill.Distillation.Attention;
import dev.quench.compress.train.distill.Distillation.Hint;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the network learns from a teacher.
@OptionGroup("Distillation")
public final class DistillationOptions {
  private static final String PREPROCESSING = "preprocess.";
  private static final List<String> OTHERS =
      List.of(
          "--temperature",
          "--soft-targets",
          "--hint",
          "--hint-weight",
          "--attention",
          "--attention-weight");

  @Option(
      names = "--teacher",
      paramLabel = "MODEL",
      description =
          "Trained ONNX model of the same input and classes, whose outputs the network learns too.")
  private @Nullable Path teacher;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Divides the logits of both before the softmax; default ${DEFAULT-VALUE}.")
  private double temperature = Distillation.DEFAULT.temperature();

  @Option(
      names = "--soft-targets",
      paramLabel = "SHARE",
      description =
          "Share of the teacher's outputs in the loss, the rest is that of the labels; default ${DEFAULT-VALUE}.")
  private double softTargets = Distillation.DEFAULT.softTargets();

  @Option(
      names = "--hint",
      paramLabel = "TEACHER=STUDENT",
      description =
          "Tensor of the teacher that a linear map of this tensor of the network learns to predict; the map is not exported. May be repeated.")
  private List<String> hints = new ArrayList<>();

  @Option(
      names = "--hint-weight",
      paramLabel = "F",
      defaultValue = "1",
      description = "Factor on the loss of each hint; default ${DEFAULT-VALUE}.")
  private double hintWeight;

  @Option(
      names = "--attention",
      paramLabel = "TEACHER=STUDENT",
      description =
          "Image tensor of the teacher whose spatial attention this tensor of the network learns to match. May be repeated.")
  private List<String> attention = new ArrayList<>();

  @Option(
      names = "--attention-weight",
      paramLabel = "F",
      defaultValue = "1000",
      description = "Factor on the loss of each --attention; default ${DEFAULT-VALUE}.")
  private double attentionWeight;

  /// Reads the teacher, if there is one.
  ///
  /// @throws picocli.CommandLine.ParameterException if the options do not go together or a number
  ///   is out of range
  public Optional<Model> read(QuenchCommand command) throws IOException {
    if (teacher == null) {
      for (String option : OTHERS) {
        if (command.isGiven(option)) {
          throw command.wrongUsage(option + " needs --teacher MODEL");
        }
      }
      return Optional.empty();
    }
    try {
      distillation();
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage(String.valueOf(e.getMessage()));
    }
    return Optional.of(ModelFile.read(teacher).model());
  }

  /// @throws CommandException if the teacher takes pixels normalized in another way than the
  ///   network
  public Trainer applyTo(Trainer trainer, Model read, Model student) {
    if (!preprocessing(read).isEmpty() && !preprocessing(student).isEmpty()) {
      Normalization expected = new NormalizationOptions().normalization(read);
      Normalization given = new NormalizationOptions().normalization(student);
      if (!expected.equals(given)) {
        throw new CommandException(
            "the teacher %s takes pixels as %s, but the network as %s; train the network with the teacher's --scale, --mean and --std"
                .formatted(teacher, expected, given));
      }
    }
    return trainer.withTeacher(read, distillation());
  }

  /// Gives a new network the teacher's normalization, if it declares one.
  ///
  /// @return whether it does
  public static boolean declare(Model read, Model reader) {
    Map<String, String> declared = preprocessing(read);
    reader.metadata().putAll(declared);
    return !declared.isEmpty();
  }

  private static Map<String, String> preprocessing(Model model) {
    return model.metadata().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(PREPROCESSING))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private Distillation distillation() {
    return new Distillation(
        temperature,
        softTargets,
        hints.stream()
            .map(text -> pair("--hint", text))
            .map(pair -> new Hint(pair[0], pair[1], hintWeight))
            .toList(),
        attention.stream()
            .map(text -> pair("--attention", text))
            .map(pair -> new Attention(pair[0], pair[1], attentionWeight))
            .toList());
  }

  private static String[] pair(String option, String text) {
    int equals = text.indexOf('=');
    if (equals <= 0 || equals == text.length() - 1) {
      throw new IllegalArgumentException(
          "%s takes TEACHER=STUDENT, two names of tensors, got '%s'".formatted(option, text));
    }
    return new String[] {text.substring(0, equals), text.substring(equals + 1)};
  }
}
