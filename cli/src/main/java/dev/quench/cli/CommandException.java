// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.QuenchException;

/// A command cannot do what was asked; exit code 1.
final class CommandException extends QuenchException {
  private static final long serialVersionUID = 1L;

  CommandException(String message) {
    super(message);
  }

  CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
