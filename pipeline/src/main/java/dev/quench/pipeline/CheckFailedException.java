// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.QuenchException;

/// The work is done, but a bound that the user set on its result does not hold; exit code 3.
public final class CheckFailedException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public CheckFailedException(String message) {
    super(message);
  }
}
