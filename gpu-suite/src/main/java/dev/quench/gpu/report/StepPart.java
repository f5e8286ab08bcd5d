// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/// One question of a step with the figures that answer it. Every method writes its figure to disk
/// before it returns. Thread-safe.
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

  /// Adds a figure with a bar. A missed bar is a result, not a failure.
  public StepPart put(String name, double value, Bar bar) {
    return put(name, JsonText.number(value), bar, bar.holds(value));
  }

  /// Adds a count with a bar, see [#put(String, double, Bar)].
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

  /// Records that, in a rehearsal, the build stopped at the stand-in for the driver and the part
  /// continued with ONNX Runtime in place of an engine.
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
