// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.heldback.HeldBack;
import dev.quench.pipeline.heldback.MethodChoice;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Choosing the range method of a finished table by what the network computes.
@OptionGroup("Choosing the method")
public final class MethodChoiceOptions {
  @Option(
      names = "--choose-by-score",
      description =
          "Try all methods on the histograms and keep the one with which the outputs of the quantized --model come nearest to FP32 on the "
              + "samples of --data that calibrate --choose-by-score --metric fidelity held back.")
  private boolean chooses;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The ONNX file that the tables belong to.")
  private @Nullable Path model;

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  /// Whether a method is to be chosen.
  ///
  /// @throws picocli.CommandLine.ParameterException if the model, the data or the choice is missing
  ///   where the others are given
  public boolean isGiven(QuenchCommand command) {
    if (chooses && (model == null || !data.isGiven())) {
      throw command.wrongUsage("--choose-by-score needs --model and --data to judge on");
    }
    if (!chooses && (model != null || data.isGiven())) {
      throw command.wrongUsage("--model and --data are for --choose-by-score; give it too");
    }
    return chooses;
  }

  /// The table with the ranges of the best method, whose score and those of the others are said.
  public CalibrationTable choose(CalibrationTable table, QuenchCommand command) throws IOException {
    Path file = Objects.requireNonNull(model);
    Model read = initializers.read(file, command).model();
    Dataset dataset = data.open(read, true, command);
    PreparedModel prepared = PreparedModel.of(read);
    MethodSelection selection =
        MethodChoice.of(
            prepared, table, HeldBack.of(dataset, prepared.model()), command.listener());
    selection.toString().lines().forEach(command::say);
    return selection.table();
  }
}
