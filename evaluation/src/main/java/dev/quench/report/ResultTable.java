// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// The cells of the comparison, shared by text and HTML.
final class ResultTable {
  private static final int TERMINAL = 80;

  private final EvaluationReport report;
  private final Set<String> scoreKeys = new LinkedHashSet<>();

  ResultTable(EvaluationReport report) {
    this.report = report;
    report.results().forEach(result -> scoreKeys.addAll(result.scores().keySet()));
  }

  List<String> headings() {
    List<String> headings = new ArrayList<>(List.of("variant", "backend", "precision"));
    for (String key : scoreKeys) {
      headings.add(ScoreText.label(key));
    }
    if (!scoreKeys.isEmpty()) {
      headings.add("change");
    }
    headings.addAll(List.of("size", "compression", "p50 ms", "p99 ms", "samples/s"));
    return headings;
  }

  /// The number of leading columns with text; the rest hold numbers.
  int textColumns() {
    return 3;
  }

  List<List<String>> rows() {
    return report.results().stream().map(this::cells).toList();
  }

  private List<String> cells(EvaluationResult result) {
    EvaluationResult reference = report.reference(result);
    List<String> cells =
        new ArrayList<>(
            List.of(Printable.escape(result.model()), result.backend(), result.arithmetic()));
    for (String key : scoreKeys) {
      Double score = result.scores().get(key);
      cells.add(score == null ? "-" : ScoreText.value(key, score));
    }
    if (!scoreKeys.isEmpty()) {
      cells.add(change(result, reference));
    }
    cells.add(size(result.sizeBytes()));
    cells.add(
        result.sizeBytes() == 0
            ? "-"
            : String.format(
                Locale.ROOT, "%.2fx", (double) reference.sizeBytes() / result.sizeBytes()));
    Optional<LatencySummary> latency = result.latencyMillis();
    cells.add(latency.map(each -> number("%.3f", each.p50())).orElse("-"));
    cells.add(latency.map(each -> number("%.3f", each.p99())).orElse("-"));
    OptionalDouble rate = result.throughputPerSecond();
    cells.add(rate.isPresent() ? number("%,.0f", rate.getAsDouble()) : "-");
    return cells;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private String change(EvaluationResult result, EvaluationResult reference) {
    String key = scoreKeys.iterator().next();
    Double mine = result.scores().get(key);
    Double theirs = reference.scores().get(key);
    return mine == null || theirs == null ? "-" : ScoreText.change(key, mine - theirs);
  }

  /// Aligned columns; two tables below each other where one would be wider than a terminal.
  String toText() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(headings());
    lines.addAll(rows());
    String whole = aligned(lines, textColumns());
    if (whole.lines().allMatch(line -> line.length() <= TERMINAL)) {
      return whole;
    }
    int split = headings().indexOf("size");
    return aligned(lines.stream().map(line -> line.subList(0, split)).toList(), textColumns())
        + "\n"
        + aligned(
            lines.stream()
                .map(line -> {
                  List<String> second = new ArrayList<>(line.subList(0, 1));
                  second.addAll(line.subList(split, line.size()));
                  return second;
                })
                .toList(),
            1);
  }

  private static String aligned(List<List<String>> lines, int textColumns) {
    int columns = lines.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder row = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        row.append(i == 0 ? "" : "  ");
        row.append(i < textColumns ? line.get(i) + padding : padding + line.get(i));
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  static String size(long bytes) {
    return bytes >= 1_000_000
        ? String.format(Locale.ROOT, "%.2f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
  }
}
