// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.Equivalence;
import dev.quench.graph.Model;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// The exact ranges of all tensors that the form needs, on one input.
record ObservedRanges(Map<String, AsymmetricRange> ranges) implements QuantizationRanges {
  static ObservedRanges on(Model model, Map<String, Tensor> inputs) {
    Set<String> names = InsertOnnxRuntimeQdq.tensors(model.copy(), OnnxRuntimeOptions.WIDEST);
    Set<String> taps = new LinkedHashSet<>(names);
    taps.removeAll(inputs.keySet());
    Map<String, AsymmetricRange> ranges = new HashMap<>();
    inputs.forEach((name, tensor) -> ranges.put(name, range(tensor)));
    try (var session = Equivalence.BACKEND.open(model, SessionOptions.DEFAULT.withTaps(taps))) {
      session.observe(inputs, (name, tensor) -> ranges.put(name, range(tensor)));
    }
    return new ObservedRanges(ranges);
  }

  private static AsymmetricRange range(Tensor tensor) {
    double low = 0;
    double high = 0;
    for (float value : tensor.toFloats()) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return new AsymmetricRange(low, high);
  }

  @Override
  public OptionalDouble threshold(String tensor) {
    AsymmetricRange range = ranges.get(tensor);
    return range == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.max(-range.low(), range.high()));
  }

  @Override
  public Optional<AsymmetricRange> asymmetric(String tensor) {
    return Optional.ofNullable(ranges.get(tensor));
  }
}
