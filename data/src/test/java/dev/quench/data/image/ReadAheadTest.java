// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadAheadTest {
  /// Batches of one number, its place; fails at one place if asked to.
  private static final class Numbers implements Dataset {
    private final int size;
    private final int failing;
    private final AtomicInteger made = new AtomicInteger();
    private final Semaphore done = new Semaphore(0);
    private final AtomicBoolean closed = new AtomicBoolean();

    Numbers(int size, int failing) {
      this.size = size;
      this.failing = failing;
    }

    @Override
    public String description() {
      return "numbers";
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public String digest() {
      return "digest of numbers";
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public Dataset limit(long limit) {
      return new Numbers((int) Math.min(limit, size), failing);
    }

    @Override
    public Stream<Batch> batches(int batchSize) {
      return IntStream.range(0, size).mapToObj(this::batch).onClose(() -> closed.set(true));
    }

    private Batch batch(int place) {
      if (place == failing) {
        throw new DataException("file " + place + " is damaged");
      }
      made.incrementAndGet();
      done.release();
      return new Batch(Map.of("x", Tensor.ofLongs(Shape.of(1), place)), new Labels.None(), 1);
    }
  }

  private static long number(Batch batch) {
    return batch.inputs().get("x").longAt(0);
  }

  @Test
  void keepsTheOrder() throws IOException {
    Numbers numbers = new Numbers(100, -1);

    try (Stream<Batch> batches = new ReadAhead(numbers, 3).batches(1)) {
      assertThat(batches.mapToLong(ReadAheadTest::number).boxed())
          .isEqualTo(IntStream.range(0, 100).mapToLong(i -> i).boxed().toList());
    }
    assertThat(numbers.closed).isTrue();
  }

  @Test
  void raisesAnErrorWhereItsBatchWouldBe() throws IOException {
    Numbers numbers = new Numbers(10, 3);

    try (Stream<Batch> batches = new ReadAhead(numbers, 8).batches(1)) {
      Iterator<Batch> each = batches.iterator();
      for (int i = 0; i < 3; i++) {
        assertThat(number(each.next())).isEqualTo(i);
      }
      assertThatThrownBy(each::next)
          .isInstanceOf(DataException.class)
          .hasMessage("file 3 is damaged");
      assertThatThrownBy(each::next).as("and goes on saying so").isInstanceOf(DataException.class);
    }
    assertThat(numbers.closed).isTrue();
  }

  @Test
  void readsAheadButNotWithoutBounds() throws Exception {
    Numbers numbers = new Numbers(100, -1);

    try (Stream<Batch> batches = new ReadAhead(numbers, 2).batches(1)) {
      assertThat(batches.iterator()).isNotNull();
      // Two finished and one in the maker's hand, without anybody asking.
      numbers.done.acquire(3);
      assertThat(numbers.made).hasValue(3);
    }
    assertThat(numbers.closed).as("closed though not read to its end").isTrue();
  }

  @Test
  void canBeReadAgain() throws IOException {
    Dataset data = new ReadAhead(new Numbers(5, -1), 2);

    for (int time = 0; time < 3; time++) {
      try (Stream<Batch> batches = data.limit(4).batches(1)) {
        assertThat(batches.count()).isEqualTo(4);
      }
    }
  }

  @Test
  void isTheDataSetThatItReads() {
    Dataset data = new ReadAhead(new Numbers(5, -1), 2);

    assertThat(List.of(data.description(), data.digest(), data.size()))
        .isEqualTo(List.of("numbers", "digest of numbers", 5L));
    assertThatThrownBy(() -> new ReadAhead(data, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
