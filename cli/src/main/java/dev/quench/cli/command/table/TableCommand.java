// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import dev.quench.cli.output.QuenchCommand;
import picocli.CommandLine.Command;

/// Works on calibration tables; each verb is a subcommand.
@Command(
    name = "table",
    header = "Merges, compares, re-estimates and shows calibration tables.",
    description = "Works on calibration tables, without model or data.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = "  quench table merge part1.json part2.json --table all.json",
    subcommands = {
      MergeCommand.class,
      DiffCommand.class,
      ReestimateCommand.class,
      ShowCommand.class
    })
public final class TableCommand extends QuenchCommand {
  @Override
  public void execute() {
    throw wrongUsage("name a command: merge, diff, reestimate or show");
  }
}
