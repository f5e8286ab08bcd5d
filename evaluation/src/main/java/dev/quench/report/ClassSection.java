// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.metric.classification.ClassPredictions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The accuracy in each class, and which classes are taken for which.
///
/// @param results of one network, with predictions, at least one
/// @param names of the classes; classes without one are called by their index
record ClassSection(List<EvaluationResult> results, List<String> names) {
  /// More would not fit a screen; then the most frequent confusions are listed.
  private static final int LARGEST_MATRIX = 20;

  private static final int MOST_CONFUSIONS = 15;
  private static final int MOST_CLASSES = 200;

  String toHtml() {
    StringBuilder html = new StringBuilder();
    perClass(html);
    for (EvaluationResult result : results) {
      ClassPredictions predictions = result.predictions().orElseThrow();
      html.append("<details><summary>Confusions of ")
          .append(Printable.escapeHtml(result.model()))
          .append(", ")
          .append(Printable.escapeHtml(result.backend()))
          .append("</summary>\n");
      if (predictions.classes() <= LARGEST_MATRIX) {
        matrix(html, predictions);
      } else {
        pairs(html, predictions);
      }
      html.append("</details>\n");
    }
    return html.toString();
  }

  private void perClass(StringBuilder html) {
    int classes = results.getFirst().predictions().orElseThrow().classes();
    boolean oneBackend = results.stream().map(EvaluationResult::backend).distinct().count() == 1;
    html.append(
        "<div class=\"wide\"><table class=\"classes\"><thead><tr><th>class <small>samples</small></th>");
    for (EvaluationResult result : results) {
      html.append("<th class=\"n\">").append(breakable(result.model()));
      if (!oneBackend) {
        html.append("<br><small>")
            .append(Printable.escapeHtml(result.backend()))
            .append("</small>");
      }
      html.append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    List<long[][]> counts =
        results.stream().map(result -> result.predictions().orElseThrow().confusion()).toList();
    for (int index = 0; index < Math.min(classes, MOST_CLASSES); index++) {
      long samples = samples(results.getFirst().predictions().orElseThrow(), index);
      if (samples == 0) {
        continue;
      }
      html.append("<tr><td>")
          .append(Printable.escapeHtml(name(index)))
          .append(String.format(Locale.ROOT, " <small>%,d</small></td>", samples));
      for (long[][] matrix : counts) {
        html.append(
            String.format(
                Locale.ROOT,
                "<td class=\"n\">%.1f %%</td>",
                100.0 * matrix[index][index] / samples));
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
    if (classes > MOST_CLASSES) {
      html.append("<p>The first %d of %,d classes.</p>\n".formatted(MOST_CLASSES, classes));
    }
  }

  /// May go on in the next line behind a dot, a hyphen or an underscore, not within a word.
  private static String breakable(String name) {
    return Printable.escapeHtml(name).replaceAll("[._-]", "$0<wbr>");
  }

  private static long samples(ClassPredictions predictions, int index) {
    long count = 0;
    for (int sample = 0; sample < predictions.size(); sample++) {
      count += predictions.label(sample) == index ? 1 : 0;
    }
    return count;
  }

  private void matrix(StringBuilder html, ClassPredictions predictions) {
    long[][] counts = predictions.confusion();
    html.append(
        "<p class=\"lead\">Rows are true classes, columns predictions.</p><div class=\"wide\"><table class=\"confusion\"><thead><tr><th></th>");
    for (int column = 0; column < counts.length; column++) {
      html.append("<th class=\"n\">").append(Printable.escapeHtml(name(column))).append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (int row = 0; row < counts.length; row++) {
      long all = Math.max(1, samples(predictions, row));
      html.append("<tr><th>").append(Printable.escapeHtml(name(row))).append("</th>");
      for (int column = 0; column < counts.length; column++) {
        html.append(
            counts[row][column] == 0
                ? "<td class=\"n\"><small>·</small></td>"
                : String.format(
                    Locale.ROOT,
                    "<td class=\"n\" style=\"color:inherit;background:rgba(var(--heat),%.2f)\">%d</td>",
                    0.08 + 0.5 * counts[row][column] / all,
                    counts[row][column]));
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
  }

  private record Confusion(int label, int predicted, long count) {}

  private void pairs(StringBuilder html, ClassPredictions predictions) {
    long[][] counts = predictions.confusion();
    List<Confusion> found = new ArrayList<>();
    for (int row = 0; row < counts.length; row++) {
      for (int column = 0; column < counts.length; column++) {
        if (row != column && counts[row][column] > 0) {
          found.add(new Confusion(row, column, counts[row][column]));
        }
      }
    }
    html.append("<ul>\n");
    found.stream()
        .sorted(Comparator.comparingLong(Confusion::count).reversed())
        .limit(MOST_CONFUSIONS)
        .forEach(each ->
            html.append("<li>")
                .append(Printable.escapeHtml(name(each.label())))
                .append(" taken for ")
                .append(Printable.escapeHtml(name(each.predicted())))
                .append(": ")
                .append(each.count())
                .append("</li>\n"));
    html.append("</ul>\n");
  }

  private String name(int index) {
    return index < names.size() ? names.get(index) : Integer.toString(index);
  }
}
