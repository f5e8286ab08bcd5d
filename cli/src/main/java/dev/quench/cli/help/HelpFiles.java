// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.help;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/// Writes what shells and `man` read, in the folders in which they look for it under a prefix.
public final class HelpFiles {
  private final CommandLine commandLine;
  private final String version;

  /// @param commandLine with all its commands
  /// @param version of the program
  public HelpFiles(CommandLine commandLine, String version) {
    this.commandLine = commandLine;
    this.version = version;
  }

  /// Writes the completion script for bash, which zsh reads too, and a manual page for each
  /// command.
  ///
  /// @param share the folder `share`; created if missing
  public void write(Path share) throws IOException {
    String name = commandLine.getCommandName();
    Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
    Files.writeString(completions.resolve(name), AutoComplete.bash(name, commandLine));
    pages(commandLine, Files.createDirectories(share.resolve("man/man1")));
  }

  private void pages(CommandLine command, Path folder) throws IOException {
    Files.writeString(folder.resolve(ManPage.name(command) + ".1"), ManPage.of(command, version));
    for (CommandLine each : command.getSubcommands().values()) {
      pages(each, folder);
    }
  }
}
