// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import dev.quench.metric.TrailingAxes;
import dev.quench.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The best classes of one sample in a classifier's first output, `[1, classes]`, with or without
/// further axes of size 1.
///
/// @param classes best first; ties go to the lower index, as in [TopK]
/// @param softmax whether scores are the softmax of the model's; else they are the model's, which
///   already lie in `[0, 1]`
public record TopClasses(List<Scored> classes, boolean softmax) {
  /// @param index of the class
  /// @param score in `[0, 1]`
  public record Scored(int index, double score) {}

  public TopClasses {
    classes = List.copyOf(classes);
  }

  /// @param outputs of the model for one sample
  /// @param count how many classes, or all if there are fewer
  /// @throws IllegalArgumentException if the output has another form, or holds NaN or infinity
  public static TopClasses of(Map<String, Tensor> outputs, int count) {
    Map.Entry<String, Tensor> first = outputs.entrySet().iterator().next();
    Tensor tensor = TrailingAxes.dropped(first.getValue(), 2);
    if (tensor.shape().rank() != 2 || tensor.shape().size(0) != 1) {
      throw new IllegalArgumentException(
          "classes are read from an output of shape [1, classes], but '%s' is %s"
              .formatted(first.getKey(), tensor.shape()));
    }
    float[] values = tensor.toFloats();
    boolean inUnit = true;
    double highest = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "output '%s' holds %s, so its classes cannot be ranked; check the model and its preprocessing"
                .formatted(first.getKey(), value));
      }
      inUnit &= value >= 0 && value <= 1;
      highest = Math.max(highest, value);
    }
    double sum = 0;
    for (float value : values) {
      sum += Math.exp(value - highest);
    }
    boolean softmax = !inUnit;
    double best = highest;
    double total = sum;
    List<Scored> ranked =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingDouble(index -> values[index])
                    .reversed()
                    .thenComparing(Comparator.naturalOrder()))
            .limit(count)
            .map(index ->
                new Scored(index, softmax ? Math.exp(values[index] - best) / total : values[index]))
            .toList();
    return new TopClasses(ranked, softmax);
  }
}
