// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import dev.quench.run.BackendException;

/// CUDA could not do what it was asked for; the message carries its own words.
public final class CudaException extends BackendException {
  private static final long serialVersionUID = 1L;

  public CudaException(String message) {
    super(message);
  }
}
