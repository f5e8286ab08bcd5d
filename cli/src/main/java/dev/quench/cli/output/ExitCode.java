// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

/// What the process tells the shell.
public final class ExitCode {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  static final int WRONG_USAGE = 2;
  static final int CHECK_NOT_HELD = 3;

  private ExitCode() {}
}
