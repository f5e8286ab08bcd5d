// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// A backend could not load or run a model; the message carries the backend's own explanation.
public class BackendException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public BackendException(String message) {
    super(message);
  }

  public BackendException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
