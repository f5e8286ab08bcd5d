// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

/// What the process tells the shell.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;
  static final int CHECK_NOT_HELD = 3;

  private ExitCode() {}
}
