// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// Invalid data: a damaged file, a shape other than the model's, labels that do not fit.
public final class DataException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
