// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.debug;

import dev.quench.cli.command.graph.WrittenModel;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.reduce.CommandCheck;
import dev.quench.pipeline.reduce.ModelReduction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Finds the smallest part of a model on which a command still fails.
@Command(
    name = "reduce",
    header = "Finds the smallest part of a model on which a command still fails.",
    description = {
      "Removes nodes from a model as long as a command fails on it as it does on the whole model: with the same exit status or, with --text, by printing that text. What removed nodes computed become inputs.",
      "The command runs without a shell; {} stands for the path of the model."
    },
    footer = {
      "  quench debug reduce model.onnx -o small.onnx -- trtexec --onnx={}",
      "  quench debug reduce model.onnx -o small.onnx --text NaN -- ./check.sh {}"
    })
public final class ReduceCommand extends QuenchCommand {
  @Parameters(index = "0", paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "What to run, after --, with {} in place of the model.")
  private List<String> command;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The smallest model that fails.")
  private Path output;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "What the command prints when it fails. Default: its exit status alone counts.")
  private @Nullable String text;

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Models to check at most; default ${DEFAULT-VALUE}.")
  private int trials;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description =
          "Stop the command after so long, which counts as failing if it does so on the whole model; default ${DEFAULT-VALUE}.")
  private int limit;

  @Mixin private FeedableInitializers initializers;

  @Override
  public void execute() throws IOException {
    if (trials < 1 || limit < 1) {
      throw wrongUsage("--trials and --limit must be 1 or more");
    }
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    ModelReduction.Result result;
    try (CommandCheck check =
        new CommandCheck(command, Duration.ofSeconds(limit), Optional.ofNullable(text))) {
      result = ModelReduction.of(file.model(), check, trials, progress());
    }
    int before = file.model().graph().nodes().size();
    say(
        "%d -> %d nodes in %d trials%s"
            .formatted(
                before,
                result.model().graph().nodes().size(),
                result.trials(),
                result.complete()
                    ? "; without any one of them the command ends otherwise"
                    : "; more --trials may find a smaller part"));
    report(
        WrittenModel.write(result.model(), output, this)
            .put("nodesBefore", before)
            .put("trials", result.trials())
            .put("complete", result.complete()));
  }
}
