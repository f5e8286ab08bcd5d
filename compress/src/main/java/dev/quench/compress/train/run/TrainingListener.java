// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.run.Progress;

/// Observes a training run; called on the training thread.
public interface TrainingListener {
  /// Ignores all events.
  TrainingListener NONE = new TrainingListener() {};

  /// The progress to report each step to, as one task per epoch.
  default Progress progress() {
    return Progress.NONE;
  }

  /// Called after each step.
  ///
  /// @param step from 1, over all epochs
  /// @param steps total number
  /// @param loss of the step
  default void step(long step, long steps, double loss) {}

  /// Called after each epoch.
  ///
  /// @param checkpoint copies the whole state on request; valid only during the call
  default void epoch(EpochReport report, CheckpointSource checkpoint) {}

  /// Supplies the training state to a listener that saves it.
  @FunctionalInterface
  interface CheckpointSource {
    /// Copies the state after the epoch.
    Checkpoint take();
  }
}
