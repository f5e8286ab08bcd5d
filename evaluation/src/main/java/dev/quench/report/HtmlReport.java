// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Renders an [EvaluationReport] as one HTML page that loads nothing: inline styles, plots as
/// inline SVG, all text escaped.
final class HtmlReport {
  private final EvaluationReport report;
  private final GateVerdict gate;
  private final List<String> classNames;
  private final List<ReportSection> sections;

  HtmlReport(
      EvaluationReport report,
      GateVerdict gate,
      List<String> classNames,
      List<ReportSection> sections) {
    this.report = report;
    this.gate = gate;
    this.classNames = classNames;
    this.sections = sections;
  }

  String render(String title) {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append("<p class=\"lead\">Evaluated on ")
        .append(Printable.escapeHtml(report.data()))
        .append("</p>\n");
    verdict(page);
    Map<String, List<EvaluationResult>> groups = new LinkedHashMap<>();
    for (EvaluationResult result : report.results()) {
      groups.computeIfAbsent(result.group(), _ -> new ArrayList<>()).add(result);
    }
    if (!groups.isEmpty()) {
      results(page, groups);
    }
    skipped(page);
    classes(page, groups);
    for (ReportSection section : sections) {
      page.append("<h2>")
          .append(Printable.escapeHtml(section.title()))
          .append("</h2>\n")
          .append(section.toHtml());
    }
    page.append(report.environment().toHtml());
    return PageStyle.page(title, page);
  }

  private void verdict(StringBuilder page) {
    if (gate.bounds().isEmpty()) {
      return;
    }
    page.append(gate.holds() ? "<ul class=\"gate\">\n" : "<ul class=\"gate bad\">\n")
        .append(
            gate.holds()
                ? "<li><span class=\"holds\">The bounds hold</span>: "
                : "<li><span class=\"fails\">The bounds do not hold</span>: ")
        .append(Printable.escapeHtml(String.join(", ", gate.bounds())))
        .append("</li>\n");
    gate.failures()
        .forEach(each -> page.append("<li>").append(Printable.escapeHtml(each)).append("</li>\n"));
    page.append("</ul>\n");
  }

  private void results(StringBuilder page, Map<String, List<EvaluationResult>> groups) {
    page.append("<h2>Results</h2>\n");
    groups.forEach((group, results) -> {
      if (!group.isEmpty()) {
        page.append("<h3>").append(Printable.escapeHtml(group)).append("</h3>\n");
      }
      page.append(new ResultCards(report, results).toHtml())
          .append(new VariantCharts(results).toHtml());
    });
    page.append(
            "<p class=\"lead\">Change and compression refer to the first row of the same network; the figures below an accuracy are its 95 % interval (Wilson), ")
        .append(
            "p how likely such a change would be by chance between equally good networks (McNemar, on the same samples). Latency is that of one sample ")
        .append("from one caller; samples per second are at the evaluation's batch size.</p>\n");
  }

  private void skipped(StringBuilder page) {
    if (report.skipped().isEmpty()) {
      return;
    }
    page.append("<h2>Not run here</h2>\n<ul>\n");
    for (Notice notice : report.skipped()) {
      page.append("<li>").append(Printable.escapeHtml(notice.toString())).append("</li>\n");
    }
    page.append("</ul>\n");
  }

  private void classes(StringBuilder page, Map<String, List<EvaluationResult>> groups) {
    boolean headed = false;
    for (Map.Entry<String, List<EvaluationResult>> group : groups.entrySet()) {
      List<EvaluationResult> predicted =
          group.getValue().stream().filter(each -> each.predictions().isPresent()).toList();
      if (predicted.isEmpty()) {
        continue;
      }
      page.append(headed ? "" : "<h2>Classes</h2>\n");
      headed = true;
      if (!group.getKey().isEmpty()) {
        page.append("<h3>").append(Printable.escapeHtml(group.getKey())).append("</h3>\n");
      }
      page.append(new ClassSection(predicted, classNames).toHtml());
    }
  }
}
