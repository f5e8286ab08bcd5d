// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// Durations of the parts of one inference, in milliseconds. The first three are measured between
/// events on the GPU, the others by the host's clock.
///
/// @param upload copying inputs from the host
/// @param compute the engine itself
/// @param download copying outputs to the host
/// @param enqueue the host enqueueing the engine's work with the driver
/// @param host the whole call, waiting included
public record StageTimes(
    double upload, double compute, double download, double enqueue, double host) {}
