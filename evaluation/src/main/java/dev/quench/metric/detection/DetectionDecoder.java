// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Decodes a detector's outputs. Thread-safe.
@FunctionalInterface
public interface DetectionDecoder {
  /// @param outputs of the model by name
  /// @param samples in the batch
  /// @return the objects of each sample, in any order
  /// @throws IllegalArgumentException if the outputs have another form; names the expected one
  List<List<Detection>> decode(Map<String, Tensor> outputs, int samples);
}
