// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.QuenchException;

/// A recipe cannot do what was asked of it.
public final class PipelineException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public PipelineException(String message) {
    super(message);
  }

  public PipelineException(String message, Throwable cause) {
    super(message, cause);
  }
}
