// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.QuenchException;

/// A model cannot be pruned as asked; says what is possible instead.
public final class PruningException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public PruningException(String message) {
    super(message);
  }
}
