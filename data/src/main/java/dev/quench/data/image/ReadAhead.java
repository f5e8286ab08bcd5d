// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Reads the batches of another data set in the background, in order, a few ahead of the consumer.
///
/// Each stream has one reader thread and holds at most `ahead` finished batches and one in
/// progress. An error is thrown in place of its batch. Closing the stream stops the thread and
/// waits for its end, as does reading to the end.
///
/// @param ahead batches to keep ready, 1 or more
public record ReadAhead(Dataset data, int ahead) implements ForwardingDataset {
  public ReadAhead {
    if (ahead < 1) {
      throw new IllegalArgumentException("batches read ahead must be 1 or more, got " + ahead);
    }
  }

  @Override
  public ReadAhead limit(long limit) {
    return new ReadAhead(data.limit(limit), ahead);
  }

  @Override
  public ReadAhead sample(long count, long seed) {
    return new ReadAhead(data.sample(count, seed), ahead);
  }

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
    Reader reader = new Reader(data.batchesFrom(first, batchSize), ahead);
    reader.thread.start();
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(reader, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(reader::close);
  }

  /// An item from the reader thread.
  private sealed interface Item {
    record Ready(Batch batch) implements Item {}

    record Failed(Throwable cause) implements Item {}

    record End() implements Item {}
  }

  private static final class Reader implements Iterator<Batch> {
    private final Stream<Batch> batches;
    private final BlockingQueue<Item> queue;
    private final Thread thread;
    private @Nullable Item next;

    Reader(Stream<Batch> batches, int ahead) {
      this.batches = batches;
      this.queue = new LinkedBlockingQueue<>(ahead);
      this.thread = Thread.ofPlatform().daemon().name("quench-read-ahead").unstarted(this::read);
    }

    private void read() {
      try {
        queue.put(readAll());
      } catch (InterruptedException e) {
        // Closed: the consumer waits for nothing more.
        Thread.currentThread().interrupt();
      }
    }

    /// Passes all batches to the consumer.
    ///
    /// @return the item after the last batch
    private Item readAll() throws InterruptedException {
      try (batches) {
        for (Iterator<Batch> each = batches.iterator(); each.hasNext(); ) {
          queue.put(new Item.Ready(each.next()));
        }
        return new Item.End();
      } catch (RuntimeException | Error e) {
        return new Item.Failed(e);
      }
    }

    @Override
    public boolean hasNext() {
      return !(item() instanceof Item.End);
    }

    @Override
    public Batch next() {
      return switch (item()) {
        case Item.Ready(Batch batch) -> {
          next = null;
          yield batch;
        }
        case Item.Failed(Throwable cause) -> throw rethrown(cause);
        case Item.End() -> throw new NoSuchElementException();
      };
    }

    private Item item() {
      Item known = next;
      if (known == null) {
        try {
          known = queue.take();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for data", e);
        }
        next = known;
      }
      return known;
    }

    private static RuntimeException rethrown(Throwable cause) {
      if (cause instanceof Error error) {
        throw error;
      }
      return (RuntimeException) cause;
    }

    void close() {
      thread.interrupt();
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
