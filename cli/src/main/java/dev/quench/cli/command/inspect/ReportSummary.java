// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The report of an evaluation in short: its variants with their first score, latency and size.
///
/// @param document as `eval --json` prints it and `report.json` holds it
record ReportSummary(Path file, JsonNode document) implements StoredResult {
  /// Numbers of a result that are no scores.
  private static final Set<String> FIGURES = Set.of("samples", "sizeBytes", "throughputPerSecond");

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("%s: report of an evaluation on %s".formatted(file, text(document, "data")));
    JsonNode environment = document.path("environment");
    if (environment.has("time")) {
      lines.add(
          "made %s by quench %s on %s"
              .formatted(
                  text(environment, "time"),
                  text(environment, "quench"),
                  text(environment, "processor")));
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("variant", "backend", "precision", "score", "p50 ms", "size"));
    for (JsonNode result : document.path("results")) {
      rows.add(
          List.of(
              text(result, "model"),
              text(result, "backend"),
              text(result, "precision"),
              score(result)
                  .map(name -> Text.format("%s %.4g", name, result.path(name).asDouble()))
                  .orElse("none"),
              Text.format("%.3f", result.path("latencyMillis").path("p50").asDouble()),
              Text.bytes(result.path("sizeBytes").asLong())));
    }
    lines.addAll(Text.table(3, rows));
    for (JsonNode skipped : document.path("skipped")) {
      lines.add("not run: " + skipped.asText());
    }
    return lines;
  }

  @Override
  public ObjectNode json() {
    ObjectNode root =
        Json.object()
            .put("kind", "report")
            .put("file", file.toString())
            .put("data", text(document, "data"));
    ArrayNode list = root.putArray("results");
    for (JsonNode result : document.path("results")) {
      ObjectNode entry =
          list.addObject()
              .put("model", text(result, "model"))
              .put("backend", text(result, "backend"))
              .put("precision", text(result, "precision"))
              .put("sizeBytes", result.path("sizeBytes").asLong())
              .put("p50Millis", result.path("latencyMillis").path("p50").asDouble());
      score(result)
          .ifPresent(name -> entry.put("score", name).put("value", result.path(name).asDouble()));
    }
    return root;
  }

  /// The first score stands first.
  private static Optional<String> score(JsonNode result) {
    return result.properties().stream()
        .filter(field -> field.getValue().isNumber() && !FIGURES.contains(field.getKey()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText("unknown");
  }
}
