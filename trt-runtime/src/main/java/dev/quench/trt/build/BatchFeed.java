// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.run.InputCheck;
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

/// Full batches of a data set for TensorRT's calibration, which accepts one shape per input.
final class BatchFeed implements CalibrationFeed {
  private final int batchSize;
  private final Algorithm algorithm;
  private final Stream<Batch> stream;
  private final Iterator<Batch> batches;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private @Nullable Batch first;
  private byte[] cache = new byte[0];

  /// @param inputs of the model
  /// @throws UncheckedIOException if the data cannot be read
  /// @throws IllegalArgumentException if a batch does not fit an input
  BatchFeed(Dataset data, int batchSize, Algorithm algorithm, InputCheck inputs) {
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
      check(inputs, first, data.description());
      first.inputs().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e;
    }
  }

  /// TensorRT reads the fixed dimensions of an input, whatever size a batch has.
  private static void check(InputCheck inputs, Batch batch, String data) {
    try {
      inputs.check(batch.inputs());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "calibration in batches of %d of %s: %s".formatted(batch.size(), data, e.getMessage()),
          e);
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
    if (batch.size() < batchSize && !batches.hasNext()) {
      return Optional.empty();
    }
    requireOneShape(batch);
    return Optional.of(batch.inputs());
  }

  /// TensorRT reads the same amount of every batch as of the first. A batch that is shorter because
  /// samples differ in size is refused: it would end the calibration like the last one.
  private void requireOneShape(Batch batch) {
    shapes.forEach((name, shape) -> {
      Tensor tensor = batch.inputs().get(name);
      if (batch.size() != batchSize || tensor == null || !tensor.shape().equals(shape)) {
        throw new IllegalArgumentException(
            "TensorRT calibrates with samples of one shape, in batches of %d; input '%s' has shape %s first and %s later"
                .formatted(batchSize, name, shape, tensor == null ? "none" : tensor.shape()));
      }
    });
  }

  @Override
  public void made(byte[] bytes) {
    cache = bytes.clone();
  }

  /// The cache that TensorRT made; empty before.
  byte[] cache() {
    return cache.clone();
  }

  @Override
  public void close() {
    stream.close();
  }
}
