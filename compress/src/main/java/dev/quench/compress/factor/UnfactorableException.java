// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

/// Why a layer is not split, to follow its name.
public final class UnfactorableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnfactorableException(String reason) {
    super(reason);
  }

  public String reason() {
    return String.valueOf(getMessage());
  }
}
