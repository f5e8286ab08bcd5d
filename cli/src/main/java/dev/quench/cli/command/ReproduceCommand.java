// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.data.source.DataSource;
import dev.quench.pipeline.reproduce.PublishedTable;
import dev.quench.pipeline.reproduce.ReproductionData;
import dev.quench.pipeline.reproduce.ReproductionRecipe;
import dev.quench.pipeline.reproduce.ReproductionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Trains the rows of a published table anew.
@Command(
    name = "reproduce",
    header = "Trains the networks of a published table anew and compares.",
    description = {
      "Trains, exports and evaluates the rows of a published table: micronet (network in network in ten forms) or binarynet. "
          + "Takes hours. It keeps a checkpoint after each epoch and a file for each finished run; the same command again goes on where it stopped. "
          + "Started several times with the same folders, it shares the runs among its processes.",
      "Choices are left to samples held back from training; the test set is looked at once a run. Each exported model is run on ONNX Runtime "
          + "without graph optimization, and where it has binary layers on XNOR, and compared with the trainer's evaluation image by image."
    },
    footer = "  quench reproduce micronet --rows nin,nin-gc --seeds 1 --work run")
@VectorKernels
public final class ReproduceCommand extends QuenchCommand {
  @Parameters(paramLabel = "TABLE", description = "micronet or binarynet.")
  private String table;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      defaultValue = "idx:/usr/share/datasets/fashion-mnist",
      description =
          "idx:DIR or cifar10:DIR, a folder with a training and a test set of ten classes; default ${DEFAULT-VALUE}.")
  private String data;

  @Option(
      names = "--rows",
      paramLabel = "ROW",
      split = ",",
      description = "The rows to run, with those that they start from; default: all.")
  private List<String> rows = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,3",
      description = "The seeds, one after another; default ${DEFAULT-VALUE}.")
  private List<Long> seeds;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "quench-reproduce",
      description = "Folder for checkpoints and models; default ${DEFAULT-VALUE}.")
  private Path work;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      defaultValue = "docs/results",
      description = "Folder for the table and the files of the runs; default ${DEFAULT-VALUE}.")
  private Path output;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs of every training, in place of each row's.")
  private @Nullable Integer epochs;

  @Option(
      names = "--first",
      paramLabel = "N",
      description = "Use the first N samples of each half only, to see that it works.")
  private @Nullable Integer first;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "CPU threads; the number affects rounding. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--compute",
      paramLabel = "C",
      description =
          "fp32 or bf16, the type of convolutions and products in training; default bf16 where the processor multiplies it.")
  private @Nullable Compute compute;

  @Option(
      names = "--table-only",
      description = "Train nothing; make the table from the files of finished runs.")
  private boolean tableOnly;

  @Override
  public void execute() throws IOException {
    if (first != null && first < 1) {
      throw wrongUsage("--first must be 1 or more, got " + first);
    }
    if (tableOnly && !rows.isEmpty()) {
      throw wrongUsage("--table-only shows the rows of all finished runs; leave --rows out");
    }
    OutputFile.prepareFolder(work);
    OutputFile.prepareFolder(output);
    ReproductionRecipe recipe;
    try {
      recipe =
          new ReproductionRecipe(
              PublishedTable.named(table),
              ReproductionData.open(
                  DataSource.parse(data),
                  first == null ? OptionalInt.empty() : OptionalInt.of(first)),
              settings(),
              work,
              output,
              listener());
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
    if (tableOnly) {
      recipe.writeTable();
    } else {
      recipe.run(recipe.rows(rows), List.copyOf(new LinkedHashSet<>(seeds)));
    }
    say("table: " + recipe.markdown() + ", " + recipe.json());
    report(Json.parse(Files.readString(recipe.json())));
  }

  private ReproductionSettings settings() {
    return new ReproductionSettings(
        epochs == null ? OptionalInt.empty() : OptionalInt.of(epochs),
        threads,
        compute != null ? compute : LibTorch.hasFastBfloat16() ? Compute.BF16 : Compute.FP32);
  }
}
