// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import dev.quench.run.BackendException;

/// CUDA is missing, a call of it failed or a kernel is unsupported; the message says why.
public final class CudaException extends BackendException {
  private static final long serialVersionUID = 1L;

  public CudaException(String message) {
    super(message);
  }
}
