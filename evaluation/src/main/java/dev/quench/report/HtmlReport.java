// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.io.IOException;
import java.util.List;

/// Renders an [EvaluationReport] as one HTML page: with inline styles, plots as data URLs, and all
/// text escaped.
final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --line: #d6dbe0; --faint: #66707a; --best: #e5f1e9; }
      @media (prefers-color-scheme: dark) { :root { --line: #3a4148; --faint: #9aa5af; --best: #1f3a2a; } }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1160px; padding: 1.5rem; }
      h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
      p.lead { color: var(--faint); margin-top: 0; }
      div.wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; }
      th, td { padding: .4rem .55rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
      th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
      table.facts td { white-space: normal; } table.facts td:first-child { color: var(--faint); width: 9rem; }
      figure { margin: 0 0 1.5rem; } figure img { width: 100%; height: auto; background: #fff; border-radius: 6px; }
      figcaption { overflow-wrap: anywhere; } figcaption small { color: var(--faint); }
      div.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 1rem; }
      div.small figure { margin: 0; display: flex; flex-direction: column; justify-content: space-between; }
      table.heat td[style] { color: #1a1a1a; }
      li { margin: .25rem 0; }
      """;

  private final EvaluationReport report;
  private final List<ReportSection> sections;

  HtmlReport(EvaluationReport report, List<ReportSection> sections) {
    this.report = report;
    this.sections = sections;
  }

  String render(String title) {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(Printable.escapeHtml(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>")
        .append(Printable.escapeHtml(title))
        .append("</h1>\n<p class=\"lead\">Evaluated on ")
        .append(Printable.escapeHtml(report.data()))
        .append("</p>\n");
    results(page);
    skipped(page);
    plots(page);
    for (ReportSection section : sections) {
      page.append("<h2>")
          .append(Printable.escapeHtml(section.title()))
          .append("</h2>\n")
          .append(section.toHtml());
    }
    environment(page);
    return page.append("</body>\n</html>\n").toString();
  }

  private void results(StringBuilder page) {
    ResultTable table = new ResultTable(report);
    page.append("<h2>Results</h2>\n<div class=\"wide\"><table>\n<thead><tr>");
    List<String> headings = table.headings();
    for (int i = 0; i < headings.size(); i++) {
      cell(page, "th", i < table.textColumns(), headings.get(i));
    }
    page.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : table.rows()) {
      page.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        cell(page, "td", i < table.textColumns(), row.get(i));
      }
      page.append("</tr>\n");
    }
    page.append("</tbody></table></div>\n")
        .append(
            "<p class=\"lead\">Change and compression refer to the first row of the same network. Latency is that of one sample ")
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

  private void plots(StringBuilder page) {
    if (report.results().isEmpty()) {
      return;
    }
    page.append("<h2>Plots</h2>\n");
    try {
      for (Plots.Plot plot : new Plots(report).draw()) {
        page.append("<figure><figcaption>")
            .append(Printable.escapeHtml(plot.title()))
            .append("</figcaption><img alt=\"")
            .append(Printable.escapeHtml(plot.alternative()))
            .append("\" src=\"data:image/png;base64,")
            .append(plot.png())
            .append("\"></figure>\n");
      }
    } catch (IOException | LinkageError | InternalError e) {
      // The JDK draws text only if it finds a font; the tables above hold the same figures.
      page.append("<p>The plots could not be drawn: ")
          .append(Printable.escapeHtml(String.valueOf(e.getMessage())))
          .append(". Install a font and fontconfig, then create the report again.</p>\n");
    }
  }

  private void environment(StringBuilder page) {
    page.append("<h2>Environment</h2>\n<table class=\"facts\"><tbody>\n");
    report
        .environment()
        .facts()
        .forEach((fact, text) ->
            page.append("<tr><td>")
                .append(Printable.escapeHtml(fact))
                .append("</td><td>")
                .append(Printable.escapeHtml(text))
                .append("</td></tr>\n"));
    page.append("</tbody></table>\n");
  }

  private static void cell(StringBuilder page, String tag, boolean text, String content) {
    page.append('<')
        .append(tag)
        .append(text ? ">" : " class=\"n\">")
        .append(Printable.escapeHtml(content))
        .append("</")
        .append(tag)
        .append('>');
  }
}
