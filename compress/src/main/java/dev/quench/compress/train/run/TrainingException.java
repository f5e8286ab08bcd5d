// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.QuenchException;

/// Training cannot start or continue: a diverging loss, a checkpoint of another run, nothing to
/// train.
public final class TrainingException extends QuenchException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
