// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.debug;

import dev.quench.cli.output.QuenchCommand;
import picocli.CommandLine.Command;

/// Finds what makes a model fail; each verb is a subcommand.
@Command(
    name = "debug",
    header = "Finds the smallest part of a model that still fails.",
    description = "Finds what makes a model fail.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = "  quench debug reduce model.onnx -o small.onnx -- trtexec --onnx={}",
    subcommands = ReduceCommand.class)
public final class DebugCommand extends QuenchCommand {
  @Override
  public void execute() {
    throw wrongUsage("name a command: reduce");
  }
}
