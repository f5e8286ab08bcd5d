// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// A model that cannot be what it claims to be: truncated, inconsistent, cyclic, too large or too
/// deep.
public final class ModelFormatException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public ModelFormatException(String message) {
    super(message);
  }

  public ModelFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
