// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// A data file or data set cannot be used; the message says which, what was found and what was
/// expected.
public final class DataException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
