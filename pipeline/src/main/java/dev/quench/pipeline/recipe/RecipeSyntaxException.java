// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.QuenchException;
import java.nio.file.Path;

/// A recipe that cannot be followed, with the line of the file where that shows.
public final class RecipeSyntaxException extends QuenchException {
  private static final long serialVersionUID = 1L;

  private final int line;

  /// @param line from 1
  RecipeSyntaxException(int line, String problem) {
    super("line %d: %s".formatted(line, problem));
    this.line = line;
  }

  private RecipeSyntaxException(Path file, RecipeSyntaxException cause) {
    super(file + ", " + cause.getMessage(), cause);
    this.line = cause.line;
  }

  RecipeSyntaxException in(Path file) {
    return new RecipeSyntaxException(file, this);
  }

  /// From 1.
  public int line() {
    return line;
  }
}
