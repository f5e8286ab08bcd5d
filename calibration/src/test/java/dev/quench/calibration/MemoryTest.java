// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.digest.Sha256;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private static final int BATCH = 4;
  private static final int BATCHES = 1000;
  private static final int ELEMENTS = 3000;

  /// Noise that is made when it is asked for.
  private record Generated(long size) implements Dataset {
    @Override
    public String description() {
      return "generated";
    }

    @Override
    public String digest() {
      return Sha256.hex(new byte[] {1});
    }

    @Override
    public boolean isRandom() {
      return true;
    }

    @Override
    public Stream<Batch> batches(int batchSize) {
      return IntStream.range(0, (int) size / batchSize).mapToObj(i -> batch(i, batchSize));
    }

    private static Batch batch(int number, int batchSize) {
      SplittableRandom random = new SplittableRandom(number);
      float[] values = new float[batchSize * ELEMENTS];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(-1, 1) * (1 + number);
      }
      Tensor x = Tensor.ofFloats(Shape.of(batchSize, ELEMENTS), values);
      return new Batch(Map.of("x", x), new Labels.None(), batchSize);
    }

    @Override
    public Dataset limit(long limit) {
      return new Generated(Math.min(limit, size));
    }
  }

  /// Notes how much heap is in use after 100 batches, when all classes are loaded, and after 1000.
  private static final class Heap implements Progress {
    private final List<Long> used = new ArrayList<>();
    private long batches;

    @Override
    public void begin(String task, long total) {}

    @Override
    public void advance(long samples) {
      long before = batches;
      batches += samples / BATCH;
      if ((before < 100 && batches >= 100) || (before < BATCHES && batches >= BATCHES)) {
        used.add(inUse());
      }
    }

    /// The least of a few collections: one alone may leave what another thread just made.
    private static long inUse() {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
      }
      return least;
    }

    @Override
    public void end() {}
  }

  @Test
  void staysTheSameFromAHundredToAThousandBatches() throws IOException {
    Heap heap = new Heap();
    Calibrator.using(new ScalingBackend())
        .batchSize(BATCH)
        .threads(2)
        .progress(heap)
        .calibrate(
            ScalingBackend.model(Shape.of(Dim.of("N"), Dim.of(ELEMENTS))),
            ScalingBackend.TENSORS,
            new Generated(BATCH * BATCHES));

    assertThat(heap.used).hasSize(2);
    assertThat(heap.used.get(1)).isLessThanOrEqualTo(heap.used.get(0) * 105 / 100);
  }
}
