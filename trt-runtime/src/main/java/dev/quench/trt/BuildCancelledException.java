// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.BackendException;

/// A build was cancelled by its caller.
public final class BuildCancelledException extends BackendException {
  private static final long serialVersionUID = 1L;

  public BuildCancelledException() {
    this("the build was cancelled; nothing was written");
  }

  public BuildCancelledException(String message) {
    super(message);
  }
}
