// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import java.util.function.Function;

/// Whether a pattern applies to something in the graph.
public sealed interface Match<T> {
  /// It does, as this.
  record Found<T>(T what) implements Match<T> {}

  /// It looks so, but does not.
  ///
  /// @param reason for the report; a phrase without a full stop
  record Refused<T>(String reason) implements Match<T> {}

  /// Nothing of the kind.
  record Absent<T>() implements Match<T> {}

  static <T> Match<T> found(T what) {
    return new Found<>(what);
  }

  static <T> Match<T> refused(String reason) {
    return new Refused<>(reason);
  }

  static <T> Match<T> absent() {
    return new Absent<>();
  }

  /// What follows from what was found.
  default <R> Match<R> then(Function<T, Match<R>> next) {
    return switch (this) {
      case Found<T>(T what) -> next.apply(what);
      case Refused<T>(String reason) -> refused(reason);
      case Absent<T>() -> absent();
    };
  }
}
