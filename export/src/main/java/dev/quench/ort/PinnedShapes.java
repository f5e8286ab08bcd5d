// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which tapped tensors have a predictable shape for inputs of given shapes; computed once and
/// reused while the same shapes are fed. Immutable.
///
/// @param fed shapes of the inputs
/// @param pinned tensors that can be written to preallocated memory, by name
/// @param others names of the other tapped tensors, which are copied
record PinnedShapes(Map<String, Shape> fed, Map<String, TensorSpec> pinned, Set<String> others) {
  static PinnedShapes of(List<TensorSpec> taps, List<TensorSpec> inputs, Map<String, Tensor> fed) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    fed.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    Map<String, TensorSpec> pinned = PinnedOutputs.resolve(taps, inputs, fed);
    Set<String> others = new LinkedHashSet<>();
    taps.forEach(tap -> others.add(tap.name()));
    others.removeAll(pinned.keySet());
    return new PinnedShapes(shapes, pinned, others);
  }

  /// Whether the inputs have the shapes that this was made for. Nothing is allocated.
  boolean holdsFor(Map<String, Tensor> inputs) {
    if (inputs.size() != fed.size()) {
      return false;
    }
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      if (!input.getValue().shape().equals(fed.get(input.getKey()))) {
        return false;
      }
    }
    return true;
  }
}
