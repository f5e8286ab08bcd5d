// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// A command cannot do what was asked; exit code 1.
public final class CommandException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
