// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Results side by side. Changes and compression refer to the first result of each group.
///
/// @param data description of the data set
/// @param skipped candidates that could not run here, with the reason
public record EvaluationReport(
    String data, List<EvaluationResult> results, List<Notice> skipped, Environment environment) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public EvaluationReport {
    results = List.copyOf(results);
    skipped = List.copyOf(skipped);
  }

  /// The baseline of a result's changes and compression: the first result of its group.
  public EvaluationResult reference(EvaluationResult result) {
    return results.stream()
        .filter(other -> other.group().equals(result.group()))
        .findFirst()
        .orElse(result);
  }

  /// The output of `eval --json`, described by `evaluation-report.schema.json` beside this class;
  /// UTF-8 text with a final newline.
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("data", data);
    ArrayNode list = root.putArray("results");
    for (EvaluationResult result : results) {
      ObjectNode node = list.addObject();
      node.put("model", result.model());
      node.put("backend", result.backend());
      node.put("precision", result.precision());
      if (!result.group().isEmpty()) {
        node.put("group", result.group());
      }
      node.put("samples", result.samples());
      node.put("arithmetic", result.arithmetic());
      result.scores().forEach(node::put);
      ObjectNode intervals = node.objectNode();
      result
          .scores()
          .keySet()
          .forEach(key ->
              result
                  .interval(key)
                  .ifPresent(interval ->
                      intervals.putArray(key).add(interval.low()).add(interval.high())));
      if (!intervals.isEmpty()) {
        node.set("intervals", intervals);
      }
      EvaluationResult first = reference(result);
      if (!result.equals(first)) {
        result
            .against(first)
            .ifPresent(test ->
                node.putObject("pairedTest")
                    .put("lost", test.lost())
                    .put("gained", test.gained())
                    .put("probability", test.probability()));
      }
      if (!result.optimizedScores().isEmpty()) {
        ObjectNode optimized = node.putObject("optimizedScores");
        result.optimizedScores().forEach(optimized::put);
      }
      node.put("sizeBytes", result.sizeBytes());
      result
          .latencyMillis()
          .ifPresent(latency ->
              node.putObject("latencyMillis")
                  .put("p50", latency.p50())
                  .put("p90", latency.p90())
                  .put("p95", latency.p95())
                  .put("p99", latency.p99())
                  .put("mean", latency.mean())
                  .put("min", latency.min())
                  .put("max", latency.max())
                  .put("coefficientOfVariation", latency.coefficientOfVariation())
                  .put("calls", latency.calls()));
      result.throughputPerSecond().ifPresent(rate -> node.put("throughputPerSecond", rate));
    }
    ArrayNode left = root.putArray("skipped");
    for (Notice notice : skipped) {
      left.addObject()
          .put("subject", notice.subject())
          .put("reason", notice.reason())
          .put("remedy", notice.remedy());
    }
    ObjectNode facts = root.putObject("environment");
    environment.facts().forEach(facts::put);
    return root.toPrettyString() + "\n";
  }

  /// The comparison as aligned text, one line per result.
  public String toTable() {
    return new ResultTable(this).toText();
  }

  /// A self-contained page: tables, plots and the environment; without scripts or external
  /// resources.
  ///
  /// @param title plain text; escaped
  /// @param sections further sections of the page, in this order
  public String toHtml(String title, ReportSection... sections) {
    return toHtml(title, GateVerdict.NONE, List.of(), sections);
  }

  /// Like [#toHtml(String, ReportSection...)], with the verdict on top and the classes by name.
  ///
  /// @param classNames in order; classes without one are called by their index
  public String toHtml(
      String title, GateVerdict gate, List<String> classNames, ReportSection... sections) {
    return new HtmlReport(this, gate, classNames, List.of(sections)).render(title);
  }
}
