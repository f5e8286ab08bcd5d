// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.run.Progress;
import dev.quench.run.dataset.Batch;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// Distributes batches over threads, each batch to one thread, and pauses on request.
///
/// Thread-safe; reports progress from one thread at a time.
final class BatchSource {
  private final Iterator<Batch> batches;
  private final Progress progress;
  private final long from;
  private final long to;

  /// Number of the next sample in `batches`.
  private long read;

  private boolean handedOut;
  private boolean stopped;
  private long pauseAt;

  /// A batch, how many samples of it to use, and the number of its first sample in the data set.
  ///
  /// @param size the first ones to use
  record Part(Batch batch, int size, long number) {}

  /// @param batches from sample `from` of the data set on
  /// @param from the first sample to use
  /// @param to the one after the last to use
  BatchSource(Iterator<Batch> batches, long from, long to, Progress progress) {
    this.batches = batches;
    this.from = from;
    this.read = from;
    this.to = to;
    this.progress = progress;
  }

  /// Lets [#next] return at least one batch, and more until `nanos` have passed.
  synchronized void resume(long nanos) {
    handedOut = false;
    pauseAt = System.nanoTime() + nanos;
  }

  /// Null in a pause and at the end.
  synchronized @Nullable Part next() {
    if (handedOut && System.nanoTime() - pauseAt >= 0) {
      return null;
    }
    if (stopped || read >= to || !batches.hasNext()) {
      return null;
    }
    Batch batch = batches.next();
    long number = read;
    read += batch.size();
    handedOut = true;
    return new Part(batch, (int) (Math.min(read, to) - number), number);
  }

  synchronized void done(int samples) {
    progress.advance(samples);
  }

  /// Harmless after a worker that ended without an error: no batches are left then.
  synchronized void stop() {
    stopped = true;
  }

  /// Whether all batches have been distributed.
  synchronized boolean isExhausted() {
    return stopped || read >= to || !batches.hasNext();
  }

  /// The number of the first sample that has not been distributed.
  synchronized long position() {
    return Math.clamp(read, from, to);
  }
}
