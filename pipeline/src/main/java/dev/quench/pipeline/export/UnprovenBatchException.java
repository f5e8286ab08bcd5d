// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.QuenchException;

/// The batch of a model was to be freed, but a sample's outputs may depend on the other samples.
public final class UnprovenBatchException extends QuenchException {
  private static final long serialVersionUID = 1L;

  UnprovenBatchException(String message) {
    super(message);
  }
}
