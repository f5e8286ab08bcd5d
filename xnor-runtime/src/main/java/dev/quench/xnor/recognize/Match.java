// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

/// Whether something in the graph can run as binary.
sealed interface Match<T> {
  /// It can, as this.
  record Found<T>(T what) implements Match<T> {}

  /// It cannot.
  ///
  /// @param reason for the report; a phrase without a full stop
  record Refused<T>(String reason) implements Match<T> {}

  static <T> Match<T> found(T what) {
    return new Found<>(what);
  }

  static <T> Match<T> refused(String reason) {
    return new Refused<>(reason);
  }
}
