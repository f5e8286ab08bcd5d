// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DigestTest {
  /// Sample `i` is the number `first + i` of class `label`.
  private record Numbers(String description, int first, int count, int label) implements Dataset {
    @Override
    public long size() {
      return count;
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public Stream<Batch> batches(int batchSize) {
      return IntStream.range(0, count)
          .mapToObj(index ->
              new Batch(
                  Map.of("x", Tensor.ofFloats(Shape.of(1, 1), first + index)),
                  new Labels.Classes(List.of(label)),
                  1));
    }

    @Override
    public Dataset limit(long limit) {
      return new Numbers(description, first, (int) Math.min(limit, count), label);
    }
  }

  @Test
  void aDataSetOfOnesOwnHasADigestOfItsSamples() {
    Dataset numbers = new Numbers("here", 1, 5, 0);
    assertThat(numbers.digest())
        .matches("[0-9a-f]{64}")
        .isEqualTo(new Numbers("there", 1, 5, 0).digest());
  }

  @Test
  void everythingInASampleChangesTheDigest() {
    String digest = new Numbers("n", 1, 5, 0).digest();
    assertThat(new Numbers("n", 2, 5, 0).digest()).isNotEqualTo(digest);
    assertThat(new Numbers("n", 1, 4, 0).digest()).isNotEqualTo(digest);
    assertThat(new Numbers("n", 1, 5, 1).digest()).isNotEqualTo(digest);
  }
}
