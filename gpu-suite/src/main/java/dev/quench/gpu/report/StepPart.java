// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/// One question of a step and what is known of its answer. Every figure is on disk when the method
/// that takes it returns. Thread-safe.
public final class StepPart {
  private final StepReport report;
  private final ObjectNode node;
  private boolean stoodIn;

  StepPart(StepReport report, ObjectNode node) {
    this.report = report;
    this.node = node;
  }

  public StepPart put(String name, double value) {
    return put(name, JsonText.number(value));
  }

  public StepPart put(String name, long value) {
    return put(name, JsonText.number(value));
  }

  public StepPart put(String name, boolean value) {
    return put(name, JsonText.of(value));
  }

  public StepPart put(String name, String value) {
    return put(name, JsonText.of(value));
  }

  public StepPart put(String name, List<String> values) {
    return put(name, JsonText.of(values));
  }

  public StepPart put(String name, Map<String, ?> values) {
    return put(name, JsonText.of(values));
  }

  private StepPart put(String name, JsonNode value) {
    report.change(() -> figures().set(name, value));
    return this;
  }

  /// Adds an entry to a list of objects.
  public void add(String list, Map<String, ?> entry) {
    report.change(() -> figures().withArray("/" + list).add(JsonText.of(entry)));
  }

  /// Replaces the last entry of a list of objects.
  public void replaceLast(String list, Map<String, ?> entry) {
    report.change(() -> {
      ArrayNode entries = figures().withArray("/" + list);
      entries.set(entries.size() - 1, JsonText.of(entry));
    });
  }

  /// A figure that is held against a bar. Missing the bar is a result, no failure.
  public StepPart put(String name, double value, Bar bar) {
    return put(name, JsonText.number(value), bar, bar.holds(value));
  }

  /// As [#put(String, double, Bar)], of a count.
  public StepPart put(String name, long value, Bar bar) {
    return put(name, JsonText.number(value), bar, bar.holds((double) value));
  }

  private StepPart put(String name, JsonNode value, Bar bar, boolean holds) {
    put(name, value);
    report.change(() ->
        node.withArray("/bars")
            .addObject()
            .put("figure", name)
            .<ObjectNode>set("value", value)
            .put(bar.atLeast() ? "atLeast" : "atMost", bar.limit())
            .put("holds", holds));
    return this;
  }

  /// Notes that the driver's stand-in ended the real way and the part went on with ONNX Runtime in
  /// place of an engine; only in a rehearsal.
  public void standsIn() {
    stoodIn = true;
  }

  boolean stoodIn() {
    return stoodIn;
  }

  private ObjectNode figures() {
    return node.withObject("/figures");
  }
}
