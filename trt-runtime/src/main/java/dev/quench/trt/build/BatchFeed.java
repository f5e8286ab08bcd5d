// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.build.CalibrationFeed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Full batches of a data set for TensorRT's own calibration.
final class BatchFeed implements CalibrationFeed {
  private final int batchSize;
  private final Algorithm algorithm;
  private final Stream<Batch> stream;
  private final Iterator<Batch> batches;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private @Nullable Batch first;
  private byte[] cache = new byte[0];

  /// @throws UncheckedIOException if the data cannot be read
  BatchFeed(Dataset data, int batchSize, Algorithm algorithm) {
    this.batchSize = batchSize;
    this.algorithm = algorithm;
    try {
      this.stream = data.batches(batchSize);
    } catch (IOException e) {
      throw new UncheckedIOException(data.description() + ": " + e.getMessage(), e);
    }
    try {
      this.batches = stream.iterator();
      this.first = batches.next();
      first.inputs().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e;
    }
  }

  @Override
  public Algorithm algorithm() {
    return algorithm;
  }

  @Override
  public Optional<byte[]> cache(int version) {
    return Optional.empty();
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public Map<String, Shape> shapes() {
    return shapes;
  }

  @Override
  public Optional<Map<String, Tensor>> next() {
    Batch batch = first;
    first = null;
    if (batch == null) {
      if (!batches.hasNext()) {
        return Optional.empty();
      }
      batch = batches.next();
    }
    return batch.size() < batchSize ? Optional.empty() : Optional.of(batch.inputs());
  }

  @Override
  public void made(byte[] bytes) {
    cache = bytes.clone();
  }

  /// The cache that TensorRT made; empty before it did.
  byte[] cache() {
    return cache.clone();
  }

  @Override
  public void close() {
    stream.close();
  }
}
