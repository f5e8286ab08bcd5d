// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Some samples, stacked along axis 0, with their labels.
///
/// @param inputs by the model's input name; each `[size, …]`
/// @param size how many samples
public record Batch(Map<String, Tensor> inputs, Labels labels, int size) {
  public Batch {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
  }
}
