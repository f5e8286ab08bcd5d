// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Seeded noise as a data set: good for trying things out, never for calibration. Sample `i`
/// depends on the seed and on `i` only, so the batch size changes nothing. Immutable and
/// thread-safe.
///
/// @param specs of the inputs, of rank 1 or more; the first dimension is that of the samples and
///   its size is not looked at
/// @param seed equal seeds give equal samples
/// @param samples how many
public record RandomDataset(List<TensorSpec> specs, long seed, long samples) implements Dataset {
  public RandomDataset {
    specs = List.copyOf(specs);
    if (samples < 1 || samples > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("samples must be 1 or more, got " + samples);
    }
    for (TensorSpec spec : specs) {
      if (spec.shape().rank() == 0 || !spec.shape().with(0, Dim.of(1)).isStatic()) {
        throw new IllegalArgumentException(
            "random data need a static shape with the samples along the first axis, got " + spec);
      }
    }
  }

  @Override
  public String description() {
    return "random data, seed %d (%d samples)".formatted(seed, samples);
  }

  @Override
  public long size() {
    return samples;
  }

  @Override
  public String digest() {
    return new SampleDigest("random", specs.toString(), Long.toString(seed), Long.toString(samples))
        .hex();
  }

  @Override
  public boolean isRandom() {
    return true;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return BatchRanges.of((int) samples, batchSize).map(this::batch);
  }

  @Override
  public Dataset limit(long limit) {
    return new RandomDataset(specs, seed, BatchRanges.limited((int) samples, limit));
  }

  private Batch batch(BatchRanges.Range range) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (int input = 0; input < specs.size(); input++) {
      inputs.put(specs.get(input).name(), stacked(input, range));
    }
    return new Batch(inputs, new Labels.None(), range.count());
  }

  private Tensor stacked(int input, BatchRanges.Range range) {
    TensorSpec spec = specs.get(input);
    List<Tensor> samplesOfBatch =
        Stream.iterate(range.start(), i -> i + 1)
            .limit(range.count())
            .map(i ->
                RandomTensors.tensor(
                    spec.dataType(),
                    spec.shape().with(0, Dim.of(1)),
                    new SplittableRandom(seed + 0x9E3779B97F4A7C15L * (i + 1L) + input)))
            .toList();
    return Stacking.stack(samplesOfBatch);
  }
}
