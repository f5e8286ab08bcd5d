// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

/// How the suite and its steps end.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /// Of the program of binary kernels alone: the steps of this suite record it and end with 0.
  static final int BAR_MISSED = 3;

  static final int BUDGET_SPENT = 4;

  private ExitCode() {}
}
