// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.digest.Sha256;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Samples in memory under one input name.
public record SampleDataset(
    String inputName, Shape sampleShape, List<float[]> samples, boolean isRandom)
    implements Dataset {
  /// Gaussian samples whose spread differs, with exact zeros among them.
  public static SampleDataset gaussian(String inputName, Shape sampleShape, int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<float[]> samples = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      float[] sample = new float[(int) sampleShape.elements()];
      double spread = random.nextDouble(0.1, 5);
      for (int j = 0; j < sample.length; j++) {
        sample[j] = random.nextInt(5) == 0 ? 0f : (float) (random.nextGaussian() * spread);
      }
      samples.add(sample);
    }
    return new SampleDataset(inputName, sampleShape, samples, false);
  }

  SampleDataset shuffled(long seed) {
    List<float[]> shuffled = new ArrayList<>(samples);
    Collections.shuffle(shuffled, new Random(seed));
    return new SampleDataset(inputName, sampleShape, shuffled, isRandom);
  }

  public SampleDataset part(int from, int to) {
    return new SampleDataset(inputName, sampleShape, samples.subList(from, to), isRandom);
  }

  SampleDataset asNoise() {
    return new SampleDataset(inputName, sampleShape, samples, true);
  }

  @Override
  public String description() {
    return size() + " samples of a test";
  }

  @Override
  public long size() {
    return samples.size();
  }

  @Override
  public String digest() {
    StringBuilder all = new StringBuilder(sampleShape.toString());
    samples.forEach(sample -> all.append(Arrays.toString(sample)));
    return Sha256.hex(all.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    int count = Math.ceilDiv(samples.size(), batchSize);
    return IntStream.range(0, count)
        .mapToObj(i ->
            batch(samples.subList(i * batchSize, Math.min(samples.size(), (i + 1) * batchSize))));
  }

  private Batch batch(List<float[]> part) {
    int each = (int) sampleShape.elements();
    float[] values = new float[part.size() * each];
    for (int i = 0; i < part.size(); i++) {
      System.arraycopy(part.get(i), 0, values, i * each, each);
    }
    List<Dim> dims = new ArrayList<>(sampleShape.dims());
    dims.addFirst(Dim.of(part.size()));
    return new Batch(
        Map.of(inputName, Tensor.ofFloats(new Shape(dims), values)),
        new Labels.None(),
        part.size());
  }

  @Override
  public Dataset limit(long limit) {
    return part(0, (int) Math.min(limit, size()));
  }
}
