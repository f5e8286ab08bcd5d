// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

/// Exit codes of the suite and its steps.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /// Only the program of binary kernels uses it: steps of this suite record a missed bar and exit
  /// with 0.
  static final int BAR_MISSED = 3;

  static final int BUDGET_SPENT = 4;

  private ExitCode() {}
}
