// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// What the parts of one inference took, in milliseconds. The first three are between events on the
/// GPU, the others on the host's clock.
///
/// @param upload copying inputs from the host
/// @param compute the engine itself
/// @param download copying outputs to the host
/// @param enqueue the host handing the engine's work to the driver
/// @param host the whole call, waiting included
public record StageTimes(
    double upload, double compute, double download, double enqueue, double host) {}
