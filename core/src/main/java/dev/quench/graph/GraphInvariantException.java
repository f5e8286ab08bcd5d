// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// A pass failed or left the graph broken. The model is as it was before that pass.
public final class GraphInvariantException extends QuenchException {
  private static final long serialVersionUID = 1L;

  private final String pass;

  public GraphInvariantException(String pass, String problem, @Nullable Throwable cause) {
    super("pass '" + pass + "': " + problem, cause);
    this.pass = pass;
  }

  public String pass() {
    return pass;
  }
}
