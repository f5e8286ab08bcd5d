// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import dev.quench.cli.output.QuenchCommand;
import picocli.CommandLine.Command;

/// Edits a model's graph; each verb is a subcommand.
@Command(
    name = "graph",
    header = "Extracts parts of models, cleans them up, sets their shapes.",
    description = "Edits the graph of a model, without data and without changing what it computes.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = "  quench graph extract model.onnx -o head.onnx --from features",
    subcommands = {ExtractCommand.class, SanitizeCommand.class, SetShapesCommand.class})
public final class GraphCommand extends QuenchCommand {
  @Override
  public void execute() {
    throw wrongUsage("name a command: extract, sanitize or set-shapes");
  }
}
