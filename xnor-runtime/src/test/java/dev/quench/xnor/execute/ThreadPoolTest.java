// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ThreadPoolTest {
  @Test
  void runsEachPartOnceARound() {
    for (int threads : new int[] {1, 2, 3}) {
      try (ThreadPool pool = new ThreadPool(threads)) {
        AtomicIntegerArray runs = new AtomicIntegerArray(threads);
        for (int round = 1; round <= 20_000; round++) {
          if (round % 5_000 == 0) {
            LockSupport.parkNanos(2_000_000); // lets the helpers park
          }
          pool.run((part, parts) -> {
            assertThat(parts).isEqualTo(threads);
            runs.incrementAndGet(part);
          });
          for (int part = 0; part < threads; part++) {
            assertThat(runs.get(part)).isEqualTo(round);
          }
        }
      }
    }
  }

  @Test
  void handsOnWhatAPartThrows() {
    try (ThreadPool pool = new ThreadPool(2)) {
      for (int failing : new int[] {0, 1}) {
        assertThatIllegalStateException()
            .isThrownBy(() ->
                pool.run((part, _) -> {
                  if (part == failing) {
                    throw new IllegalStateException("part " + part);
                  }
                }))
            .withMessage("part " + failing);
      }
      int[] done = new int[2];
      pool.run((part, _) -> done[part] = 1);
      assertThat(done).containsExactly(1, 1);
    }
  }
}
