// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// Ranges could not be measured, or a table or cache cannot be trusted.
public final class CalibrationException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public CalibrationException(String message) {
    super(message);
  }

  public CalibrationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
