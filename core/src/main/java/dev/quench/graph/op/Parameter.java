// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

/// An input or output of an operator.
///
/// @param name as the operator's specification calls it
public record Parameter(String name, Presence presence) {
  /// How often a parameter may occur. The variadic ones come last.
  public enum Presence {
    REQUIRED,
    OPTIONAL,
    /// Once or more.
    REPEATED,
    /// Any number of times, or not at all.
    ANY_NUMBER
  }

  boolean isVariadic() {
    return presence == Presence.REPEATED || presence == Presence.ANY_NUMBER;
  }

  boolean mustBePresent() {
    return presence == Presence.REQUIRED || presence == Presence.REPEATED;
  }
}
