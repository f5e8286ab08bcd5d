// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.report.latency.LayerSpan;
import dev.quench.run.LayerTimes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the times of layers from a trace in the format of Chrome's trace events, as ONNX Runtime
/// records it.
public final class LayerTrace {
  private static final String SUFFIX = "_kernel_time";
  private static final double MICROS_PER_MILLI = 1000;

  private LayerTrace() {}

  /// The median time of each node, in the order of execution; its name with its operator. Other
  /// work on the machine would shift means.
  ///
  /// @param leftOut of the runs, the first ones, which are slower
  /// @throws IllegalArgumentException if it is no such trace, or no node has more runs than are
  ///   left out
  public static LayerTimes read(String trace, int leftOut) {
    Map<String, List<Double>> millis = new LinkedHashMap<>();
    for (LayerSpan span : spans(trace)) {
      millis.computeIfAbsent(span.layer(), _ -> new ArrayList<>()).add(span.millis());
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    int runs = 0;
    for (Map.Entry<String, List<Double>> each : millis.entrySet()) {
      List<Double> counted =
          each.getValue()
              .subList(Math.min(leftOut, each.getValue().size()), each.getValue().size());
      runs = Math.max(runs, counted.size());
      medians.put(each.getKey(), median(counted));
    }
    if (runs == 0) {
      throw new IllegalArgumentException(
          "the trace holds no node that ran more than %d times".formatted(leftOut));
    }
    return LayerTimes.of(medians, runs);
  }

  /// When each node ran in the last run, from its first node on.
  ///
  /// @throws IllegalArgumentException if it is no such trace
  public static List<LayerSpan> lastRun(String trace) {
    Map<String, LayerSpan> last = new LinkedHashMap<>();
    spans(trace).forEach(span -> last.put(span.layer(), span));
    double begin = last.values().stream().mapToDouble(LayerSpan::startMillis).min().orElse(0);
    return last.values().stream()
        .map(span -> new LayerSpan(span.layer(), span.startMillis() - begin, span.millis()))
        .sorted(Comparator.comparingDouble(LayerSpan::startMillis))
        .toList();
  }

  private static List<LayerSpan> spans(String trace) {
    List<LayerSpan> spans = new ArrayList<>();
    for (JsonNode event : parse(trace)) {
      String name = event.path("name").asText();
      if (event.path("cat").asText().equals("Node") && name.endsWith(SUFFIX)) {
        String node = name.substring(0, name.length() - SUFFIX.length());
        String operator = event.path("args").path("op_name").asText();
        spans.add(
            new LayerSpan(
                "%s (%s)".formatted(node, operator),
                event.path("ts").asDouble() / MICROS_PER_MILLI,
                event.path("dur").asDouble() / MICROS_PER_MILLI));
      }
    }
    return spans;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.isEmpty()
        ? 0
        : sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private static JsonNode parse(String trace) {
    try {
      JsonNode events = new ObjectMapper().readTree(trace);
      if (!events.isArray()) {
        throw new IllegalArgumentException("expected a trace, a JSON array of events");
      }
      return events;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected a trace, a JSON array of events", e);
    }
  }
}
