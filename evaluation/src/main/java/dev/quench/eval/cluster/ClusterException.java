// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import dev.quench.QuenchException;
import org.jspecify.annotations.Nullable;

/// Work on a cluster failed, or its executors do not go together.
public final class ClusterException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }

  public ClusterException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
