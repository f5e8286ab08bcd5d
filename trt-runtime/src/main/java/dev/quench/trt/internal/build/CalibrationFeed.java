// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// The source of ranges for an implicit INT8 build: the text of a cache, or batches of data that
/// TensorRT calibrates with. For one build, from one thread.
public interface CalibrationFeed extends AutoCloseable {
  /// The calibrator of TensorRT that reads the cache or the data.
  enum Algorithm {
    ENTROPY_2,
    MIN_MAX
  }

  Algorithm algorithm();

  /// The cache that TensorRT reads.
  ///
  /// @param version of the installed TensorRT, as `getInferLibVersion()` returns it; TensorRT
  ///   refuses a cache with another version in its first line
  /// @return empty to calibrate with data
  Optional<byte[]> cache(int version);

  /// Samples in a batch.
  int batchSize();

  /// Shapes of the inputs of one batch; empty without data.
  Map<String, Shape> shapes();

  /// The next batch, of exactly [#shapes], borrowed until the next call; empty after the last.
  Optional<Map<String, Tensor>> next();

  /// Receives the cache that TensorRT made from the data.
  void made(byte[] cache);

  @Override
  void close();
}
