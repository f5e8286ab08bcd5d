// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.build.CalibrationFeed;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/// One batch of three floats.
public final class FakeFeed implements CalibrationFeed {
  private final Algorithm algorithm;
  private final Optional<String> cache;
  private final int size;

  /// How many batches are to come.
  public int left = 1;

  /// How often the cache was asked for.
  public int asked;

  /// Shapes of a batch.
  public Map<String, Shape> shapes = Map.of();

  /// What TensorRT made.
  public byte[] made = new byte[0];

  public FakeFeed(Algorithm algorithm, Optional<String> cache, int size) {
    this.algorithm = algorithm;
    this.cache = cache;
    this.size = size;
  }

  @Override
  public Algorithm algorithm() {
    return algorithm;
  }

  @Override
  public Optional<byte[]> cache(int version) {
    asked++;
    return cache.map(text -> text.formatted(version).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public int batchSize() {
    return size;
  }

  @Override
  public Map<String, Shape> shapes() {
    return shapes;
  }

  @Override
  public Optional<Map<String, Tensor>> next() {
    return left-- > 0
        ? Optional.of(Map.of("image", Tensor.ofFloats(Shape.of(3), new float[] {1, 2, 3})))
        : Optional.empty();
  }

  @Override
  public void made(byte[] bytes) {
    made = bytes;
  }

  @Override
  public void close() {}
}
