// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The time of each layer, as a runtime executes and measures it.
///
/// @param layers in the order of execution
/// @param runs number of inferences that each time is a mean or median of
public record LayerTimes(List<LayerTime> layers, int runs) {
  /// One layer.
  ///
  /// @param millis mean or median over the runs
  /// @param share of the sum over all layers, in `[0, 1]`
  public record LayerTime(String layer, double millis, double share) {}

  public LayerTimes {
    layers = List.copyOf(layers);
  }

  /// @param millis mean or median over the runs by layer, in the order of execution
  public static LayerTimes of(Map<String, Double> millis, int runs) {
    double sum = millis.values().stream().mapToDouble(Double::doubleValue).sum();
    List<LayerTime> layers = new ArrayList<>();
    millis.forEach(
        (layer, time) -> layers.add(new LayerTime(layer, time, sum == 0 ? 0 : time / sum)));
    return new LayerTimes(layers, runs);
  }

  /// Sum over all layers, in milliseconds.
  public double totalMillis() {
    return layers.stream().mapToDouble(LayerTime::millis).sum();
  }

  /// The slowest layers, slowest first.
  public List<LayerTime> slowest(int count) {
    return layers.stream()
        .sorted(Comparator.comparingDouble(LayerTime::millis).reversed())
        .limit(count)
        .toList();
  }

  /// The share of a layer in the sum; 0 for a layer without a time.
  public double share(String layer) {
    return layers.stream()
        .filter(time -> time.layer().equals(layer))
        .mapToDouble(LayerTime::share)
        .sum();
  }
}
