// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// Whether a backend can run on this machine.
public sealed interface Availability {
  /// @param description what was found: library versions, device; one line
  record Available(String description) implements Availability {}

  /// @param reason what is missing; one line
  /// @param remedy what the user can do about it; one line
  record Unavailable(String reason, String remedy) implements Availability {}

  default boolean isAvailable() {
    return this instanceof Available;
  }
}
