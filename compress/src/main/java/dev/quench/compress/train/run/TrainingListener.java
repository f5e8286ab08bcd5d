// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.run.Progress;

/// Watches a training run; called on the thread that trains.
public interface TrainingListener {
  /// Hears nothing.
  TrainingListener NONE = new TrainingListener() {};

  /// Gets each step of each epoch, one task an epoch.
  default Progress progress() {
    return Progress.NONE;
  }

  /// After each step.
  ///
  /// @param step from 1, over all epochs
  /// @param steps in all
  /// @param loss of the step
  default void step(long step, long steps, double loss) {}

  /// After each epoch.
  ///
  /// @param checkpoint makes a copy of the whole state when it is asked for; valid during the call
  default void epoch(EpochReport report, CheckpointSource checkpoint) {}

  /// Where a listener gets the state from that it wants to keep.
  @FunctionalInterface
  interface CheckpointSource {
    /// The state after the epoch.
    Checkpoint take();
  }
}
