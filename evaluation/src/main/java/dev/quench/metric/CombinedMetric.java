// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Several metrics in one pass over the data; their scores side by side.
///
/// @param metrics at least one; scores with the same name must be equal
public record CombinedMetric(List<Metric> metrics) implements Metric {
  private static final String STATE = "combined 1";

  public CombinedMetric {
    if (metrics.isEmpty()) {
      throw new IllegalArgumentException("no metrics to combine; give at least one");
    }
    metrics = List.copyOf(metrics);
  }

  /// Combines the metrics.
  public static CombinedMetric of(Metric... metrics) {
    return new CombinedMetric(List.of(metrics));
  }

  @Override
  public String name() {
    return metrics.stream().map(Metric::name).collect(Collectors.joining(", "));
  }

  @Override
  public Accumulator begin(long first) {
    List<Accumulator> parts = metrics.stream().map(metric -> metric.begin(first)).toList();
    return new Accumulator() {
      @Override
      public void add(Batch batch, Map<String, Tensor> outputs) {
        parts.forEach(part -> part.add(batch, outputs));
      }

      @Override
      public Map<String, Double> scores() {
        Map<String, Double> all = new LinkedHashMap<>();
        for (Accumulator part : parts) {
          part.scores()
              .forEach((key, score) -> {
                Double other = all.putIfAbsent(key, score);
                if (other != null && !other.equals(score)) {
                  throw new IllegalStateException(
                      "two of the metrics %s return different values of '%s': %s and %s"
                          .formatted(name(), key, other, score));
                }
              });
        }
        return all;
      }

      @Override
      public byte[] state() {
        StateWriter out = new StateWriter(STATE);
        parts.forEach(part -> out.bytes(part.state()));
        return out.toBytes();
      }

      @Override
      public void merge(byte[] state) {
        StateReader in = new StateReader(state, STATE);
        for (Accumulator part : parts) {
          part.merge(in.bytes());
        }
        in.end();
      }
    };
  }
}
