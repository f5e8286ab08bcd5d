// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.Progress;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

/// Reports the samples of finished tasks on the driver, and ends a job in which a part failed.
final class TaskEnds extends SparkListener {
  private final LongAccumulator samples;
  private final Progress progress;
  private final CollectionAccumulator<String> failures;
  private final Runnable cancel;
  private long told;

  TaskEnds(
      LongAccumulator samples,
      Progress progress,
      CollectionAccumulator<String> failures,
      Runnable cancel) {
    this.samples = samples;
    this.progress = progress;
    this.failures = failures;
    this.cancel = cancel;
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    tell();
    if (!failures.isZero()) {
      cancel.run();
    }
  }

  /// Also called when the job has ended, as Spark calls listeners late.
  synchronized void tell() {
    long done = samples.value();
    if (done > told) {
      progress.advance(done - told);
      told = done;
    }
  }
}
