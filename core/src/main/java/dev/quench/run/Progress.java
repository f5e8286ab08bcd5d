// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// Receives the progress of a long task. Called from one thread at a time.
public interface Progress {
  /// Ignores everything.
  Progress NONE =
      new Progress() {
        @Override
        public void begin(String task, long total) {}

        @Override
        public void advance(long steps) {}

        @Override
        public void end() {}
      };

  /// @param task shown to the user, for example `calibrate`
  /// @param total how many steps there will be
  void begin(String task, long total);

  /// @param steps done since the last call
  void advance(long steps);

  /// The task is over, finished or not.
  void end();
}
