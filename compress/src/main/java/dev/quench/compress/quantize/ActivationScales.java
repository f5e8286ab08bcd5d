// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// The scales of the tensors to quantize, or the reason for a missing one.
///
/// @param byTensor scalars greater than 0, of the tensor's own type
/// @param sharedWith for the same tensors, names of the others that have their scale because a
///   `Concat` joins them
/// @param unusable for the remaining tensors, why they cannot be quantized; completes "its input
///   'x' …"
record ActivationScales(
    Map<Value, Tensor> byTensor, Map<Value, List<String>> sharedWith, Map<Value, String> unusable) {
  /// @throws IllegalArgumentException if a range is negative, NaN or infinite
  /// @throws MissingRangesException if a range is missing and the options are strict
  static ActivationScales of(
      Graph graph, QdqPlacement placement, QuantizationRanges ranges, QdqOptions options) {
    ActivationScales scales =
        new ActivationScales(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    Map<Value, Double> thresholds = scales.lookUp(placement.activations().keySet(), ranges);
    if (options.strict() && !scales.unusable.isEmpty()) {
      throw new MissingRangesException(scales.unusable.keySet().stream().map(Value::name).toList());
    }
    for (List<Value> group : groups(graph, thresholds.keySet(), options)) {
      double threshold = group.stream().mapToDouble(thresholds::get).max().orElseThrow();
      for (Value value : group) {
        scales.add(value, threshold, group);
      }
    }
    return scales;
  }

  private Map<Value, Double> lookUp(Collection<Value> values, QuantizationRanges ranges) {
    Map<Value, Double> thresholds = new LinkedHashMap<>();
    for (Value value : values) {
      OptionalDouble threshold = ranges.threshold(value.name());
      if (threshold.isEmpty()) {
        unusable.put(value, "has no range");
      } else if (!(threshold.getAsDouble() >= 0) || Double.isInfinite(threshold.getAsDouble())) {
        throw new IllegalArgumentException(
            "the range of tensor '%s' is %s; expected a finite magnitude of 0 or more"
                .formatted(value.name(), threshold.getAsDouble()));
      } else {
        thresholds.put(value, threshold.getAsDouble());
      }
    }
    return thresholds;
  }

  private static List<List<Value>> groups(
      Graph graph, Collection<Value> values, QdqOptions options) {
    return options.shareConcatScales()
        ? new ConcatGroups(graph).group(values)
        : values.stream().map(List::of).toList();
  }

  private void add(Value value, double threshold, List<Value> group) {
    DataType type = value.dataType().orElse(DataType.FLOAT);
    Tensor scale = WeightQuantizer.scalar(threshold / WeightQuantizer.MAX, type);
    if (scale.doubleAt(0) == 0) {
      unusable.put(value, "is always zero: its range gives no scale");
      return;
    }
    if (Double.isInfinite(scale.doubleAt(0))) {
      unusable.put(value, "has a range beyond what " + type + " can scale");
      return;
    }
    byTensor.put(value, scale);
    List<String> others = new ArrayList<>();
    group.stream().filter(other -> other != value).forEach(other -> others.add(other.name()));
    sharedWith.put(value, others);
  }
}
