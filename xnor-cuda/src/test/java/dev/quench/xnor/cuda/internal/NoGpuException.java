// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.QuenchException;

/// Nothing was measured, because nothing is there to measure on.
final class NoGpuException extends QuenchException {
  private static final long serialVersionUID = 1L;

  NoGpuException(String reason, String remedy) {
    super("no GPU for binary kernels: " + reason + "; " + remedy);
  }
}
