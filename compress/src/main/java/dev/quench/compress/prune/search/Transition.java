// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

/// A step of an episode.
///
/// @param state what the actor saw
/// @param action share that was kept, after clipping and rounding
/// @param next what it sees next; that of the last step is not used
/// @param last whether the episode ends
@SuppressWarnings("ArrayRecordComponent") // stays inside the package, never compared
record Transition(float[] state, float action, float[] next, boolean last) {}
