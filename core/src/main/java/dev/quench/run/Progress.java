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

  /// One line of a [#of] progress.
  @FunctionalInterface
  interface Listener {
    /// @param done steps so far, at most `total`; 0 when the task begins
    /// @param total steps of the task
    void at(String task, long done, long total);
  }

  /// Progress that reports to a lambda: once when a task begins, then after each advance. For one
  /// task at a time.
  static Progress of(Listener listener) {
    return new Progress() {
      private String task = "";
      private long done;
      private long total;

      @Override
      public void begin(String begun, long steps) {
        task = begun;
        total = steps;
        done = 0;
        listener.at(task, done, total);
      }

      @Override
      public void advance(long steps) {
        done = Math.min(total, done + steps);
        listener.at(task, done, total);
      }

      @Override
      public void end() {}
    };
  }

  /// @param task shown to the user, for example `calibrate`
  /// @param total how many steps there will be
  void begin(String task, long total);

  /// @param steps done since the last call
  void advance(long steps);

  /// The task is over, finished or not.
  void end();
}
