// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.data.array.RandomDataset;
import dev.quench.data.array.TensorDataset;
import dev.quench.data.image.ReadAhead;
import dev.quench.graph.ValueType;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.FixedInputs;
import dev.quench.run.dataset.ForwardingDataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Data sets read from any sample on.
class BatchesFromTest {
  private static final int SAMPLES = 11;

  private static Dataset tensors() {
    float[] values = new float[SAMPLES * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return TensorDataset.of(
        "numbers",
        Map.of("x", Tensor.ofFloats(Shape.of(SAMPLES, 2), values)),
        new Labels.Classes(IntStream.range(0, SAMPLES).boxed().toList()));
  }

  static Stream<Dataset> all() {
    return Stream.of(
        tensors(),
        new ReadAhead(tensors(), 2),
        new FixedInputs(tensors(), Map.of("rate", Tensor.scalar(8000L))),
        new Unaware(tensors()),
        RandomDataset.of(
            Map.of("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3))), 3, SAMPLES));
  }

  /// Leaves the passing over to the interface.
  private record Unaware(Dataset data) implements ForwardingDataset {
    @Override
    public Stream<Batch> batches(int batchSize) throws IOException {
      return data.batches(batchSize);
    }

    @Override
    public Dataset limit(long limit) {
      return data.limit(limit);
    }
  }

  private static List<String> samples(Stream<Batch> batches) {
    List<String> samples = new ArrayList<>();
    try (batches) {
      batches.forEachOrdered(batch -> {
        for (int i = 0; i < batch.size(); i++) {
          Batch one = batch.slice(i, i + 1);
          Digest digest = new Digest("sample").labels(one.labels());
          one.inputs().forEach((name, tensor) -> digest.text(name).tensor(tensor));
          samples.add(digest.hex());
        }
      });
    }
    return samples;
  }

  @ParameterizedTest
  @MethodSource("all")
  void givesTheSamplesFromThereOn(Dataset data) throws IOException {
    List<String> all = samples(data.batches(1));
    assertThat(all).hasSize(SAMPLES).doesNotHaveDuplicates();

    Property.check(
        "from " + data.description(),
        30,
        (random, _) -> {
          int first = random.nextInt(SAMPLES + 2);
          int batchSize = 1 + random.nextInt(5);
          assertThat(samples(data.batchesFrom(first, batchSize)))
              .isEqualTo(all.subList(Math.min(first, SAMPLES), SAMPLES));
        });
  }
}
