// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// The backend that was picked automatically.
///
/// @param reason why this one, in one line for the user
public record Choice(Backend backend, String reason) {}
