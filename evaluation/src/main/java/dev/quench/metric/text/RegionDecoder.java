// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Decodes the regions in a model's outputs. Thread-safe.
@FunctionalInterface
public interface RegionDecoder {
  /// @param outputs of the model by name
  /// @param samples in the batch
  /// @return the regions of each sample
  /// @throws IllegalArgumentException if the outputs have another form; names the expected one
  List<List<Polygon>> decode(Map<String, Tensor> outputs, int samples);
}
