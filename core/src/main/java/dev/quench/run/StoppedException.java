// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.QuenchException;

/// Work stopped before its end because the process was asked to end; see [OrderlyExit].
public final class StoppedException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public StoppedException(String message) {
    super(message);
  }
}
