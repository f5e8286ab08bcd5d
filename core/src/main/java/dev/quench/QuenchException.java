// SPDX-License-Identifier: Apache-2.0
package dev.quench;

import org.jspecify.annotations.Nullable;

/// An error whose message a user can act on: where, what was received, what was expected, what to
/// do.
///
/// The command line prints only the message, without a stack trace. The message is one line,
/// escaped by [Printable#escape], so it can safely quote names from hostile files.
public abstract class QuenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  protected QuenchException(String message) {
    super(Printable.escape(message));
  }

  protected QuenchException(String message, @Nullable Throwable cause) {
    super(Printable.escape(message), cause);
  }
}
