// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Where an implicit INT8 build gets its ranges: the text of a cache, or batches of data that
/// TensorRT calibrates with itself. For one build, from one thread.
public interface CalibrationFeed extends AutoCloseable {
  /// Which of TensorRT's calibrators is to read the cache or the data.
  enum Algorithm {
    ENTROPY_2,
    MIN_MAX
  }

  Algorithm algorithm();

  /// The cache as TensorRT is to read it.
  ///
  /// @param version of the installed TensorRT, as `getInferLibVersion()` gives it: a cache with
  ///   another in its first line is refused
  /// @return empty to calibrate with data
  Optional<byte[]> cache(int version);

  /// Samples in a batch.
  int batchSize();

  /// Shapes of the inputs of one batch; empty where there is no data.
  Map<String, Shape> shapes();

  /// The next batch, of exactly [#shapes], borrowed until the next call; empty after the last.
  Optional<Map<String, Tensor>> next();

  /// Gets the cache that TensorRT made of the data.
  void made(byte[] cache);

  @Override
  void close();
}
