// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.cli.help.HelpFiles;
import java.io.IOException;
import java.nio.file.Path;

/// A step of the build of the archives: writes manual pages and shell completion.
final class WriteHelpFiles {
  private WriteHelpFiles() {}

  /// @param args the folder `share`, and the version
  public static void main(String[] args) throws IOException {
    new HelpFiles(RootCommand.commandLine(), args[1]).write(Path.of(args[0]));
  }
}
