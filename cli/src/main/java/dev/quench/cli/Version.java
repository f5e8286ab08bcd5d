// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.report.Environment;
import picocli.CommandLine.IVersionProvider;

/// What `quench --version` prints.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "quench " + Environment.version(),
      "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
    };
  }
}
