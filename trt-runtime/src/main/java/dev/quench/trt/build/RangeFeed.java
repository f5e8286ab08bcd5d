// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.build.CalibrationFeed;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/// Feeds ranges as the cache that TensorRT reads instead of calibrating.
final class RangeFeed implements CalibrationFeed {
  private final TensorRtCache ranges;
  private final Algorithm algorithm;

  RangeFeed(TensorRtCache ranges, Algorithm algorithm) {
    this.ranges = ranges;
    this.algorithm = algorithm;
  }

  @Override
  public Algorithm algorithm() {
    return algorithm;
  }

  @Override
  public Optional<byte[]> cache(int version) {
    return Optional.of(
        ranges
            .withVersion(TensorRtVersion.fromCode(version))
            .toText()
            .getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public int batchSize() {
    return 1;
  }

  @Override
  public Map<String, Shape> shapes() {
    return Map.of();
  }

  /// TensorRT requests data only after it refused the cache.
  @Override
  public Optional<Map<String, Tensor>> next() {
    throw new TensorRtException(
        "TensorRT refused the calibration cache and requests data to calibrate with;"
            + " its log gives the reason");
  }

  @Override
  public void made(byte[] cache) {
    // TensorRT writes back the cache that it read.
  }

  @Override
  public void close() {}
}
