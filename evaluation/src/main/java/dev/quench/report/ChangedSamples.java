// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.metric.classification.ClassPredictions;
import dev.quench.metric.classification.McNemarTest;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The samples whose predicted class differs between a variant and the first of its network, with
/// their pictures where samples are images.
public final class ChangedSamples implements ReportSection {
  /// For each variant; lost ones first.
  private static final int MOST = 24;

  private static final int BATCH = 64;

  private final List<String> names;
  private final Map<EvaluationResult, List<Integer>> changed;
  private final Map<Integer, String> pictures;
  private final EvaluationReport report;

  private ChangedSamples(
      EvaluationReport report,
      List<String> names,
      Map<EvaluationResult, List<Integer>> changed,
      Map<Integer, String> pictures) {
    this.report = report;
    this.names = names;
    this.changed = changed;
    this.pictures = pictures;
  }

  /// As [#of(EvaluationReport, Dataset, List)], with the names that the data give to classes.
  public static ChangedSamples of(EvaluationReport report, Dataset data) throws IOException {
    return of(report, data, data.classNames());
  }

  /// Reads the data up to the last sample that is shown.
  ///
  /// @param data of the evaluation
  /// @param classNames in order; classes without one are called by their index
  /// @throws IOException if the data cannot be read
  public static ChangedSamples of(EvaluationReport report, Dataset data, List<String> classNames)
      throws IOException {
    Map<EvaluationResult, List<Integer>> changed = new LinkedHashMap<>();
    Map<Integer, String> pictures = new TreeMap<>();
    for (EvaluationResult result : report.results()) {
      EvaluationResult reference = report.reference(result);
      if (result.against(reference).isPresent() && !result.equals(reference)) {
        List<Integer> shown =
            differing(reference.predictions().orElseThrow(), result.predictions().orElseThrow());
        changed.put(result, shown);
        shown.stream().limit(MOST).forEach(sample -> pictures.put(sample, ""));
      }
    }
    draw(pictures, data);
    return new ChangedSamples(report, List.copyOf(classNames), changed, pictures);
  }

  private static List<Integer> differing(ClassPredictions reference, ClassPredictions variant) {
    List<Integer> lost = new ArrayList<>();
    List<Integer> other = new ArrayList<>();
    for (int sample = 0; sample < variant.size(); sample++) {
      if (reference.predicted(sample) != variant.predicted(sample)) {
        (reference.isCorrect(sample) ? lost : other).add(sample);
      }
    }
    lost.addAll(other);
    return List.copyOf(lost);
  }

  private static void draw(Map<Integer, String> pictures, Dataset data) throws IOException {
    int first = 0;
    int last = pictures.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    try (Stream<Batch> batches = data.batches(BATCH)) {
      Iterator<Batch> each = batches.iterator();
      while (first <= last && each.hasNext()) {
        Batch batch = each.next();
        for (int i = 0; i < batch.size(); i++) {
          if (pictures.containsKey(first + i)) {
            pictures.put(first + i, SamplePicture.of(batch, i).orElse(""));
          }
        }
        first += batch.size();
      }
    }
  }

  @Override
  public String title() {
    return "Samples that changed their answer";
  }

  @Override
  public String toHtml() {
    StringBuilder html = new StringBuilder();
    changed.forEach((result, samples) -> {
      EvaluationResult reference = report.reference(result);
      html.append("<h3>")
          .append(Printable.escapeHtml(result.model() + ", " + result.backend()))
          .append("</h3>\n<p class=\"lead\">")
          .append(Printable.escapeHtml(summary(result, reference, samples.size())))
          .append("</p>\n<div class=\"samples\">\n");
      for (int sample : samples.subList(0, Math.min(MOST, samples.size()))) {
        figure(html, sample, reference, result);
      }
      html.append("</div>\n");
    });
    return changed.isEmpty()
        ? "<p>No variant to compare with the first of its network.</p>\n"
        : html.toString();
  }

  private static String summary(EvaluationResult result, EvaluationResult reference, int count) {
    McNemarTest test = result.against(reference).orElseThrow();
    return "%,d %s from those of %s; %,d right ones were lost, %,d gained (McNemar p %s).%s"
        .formatted(
            count,
            count == 1 ? "answer differs" : "answers differ",
            reference.model(),
            test.lost(),
            test.gained(),
            ScoreText.equality(test.probability()),
            count > MOST ? " The first %d, lost ones first:".formatted(MOST) : "");
  }

  private void figure(
      StringBuilder html, int sample, EvaluationResult reference, EvaluationResult result) {
    ClassPredictions before = reference.predictions().orElseThrow();
    ClassPredictions after = result.predictions().orElseThrow();
    html.append("<figure>");
    String picture = pictures.getOrDefault(sample, "");
    if (!picture.isEmpty()) {
      html.append("<img alt=\"sample ")
          .append(sample)
          .append("\" loading=\"lazy\" src=\"data:image/png;base64,")
          .append(picture)
          .append("\">");
    }
    html.append("<figcaption>")
        .append(sample)
        .append(": ")
        .append(Printable.escapeHtml(name(before.label(sample))))
        .append("<br><span class=\"")
        .append(before.isCorrect(sample) ? "holds" : "fails")
        .append("\">")
        .append(Printable.escapeHtml(name(before.predicted(sample))))
        .append("</span> → <span class=\"")
        .append(after.isCorrect(sample) ? "holds" : "fails")
        .append("\">")
        .append(Printable.escapeHtml(name(after.predicted(sample))))
        .append("</span></figcaption></figure>\n");
  }

  private String name(int index) {
    return index >= 0 && index < names.size() ? names.get(index) : Integer.toString(index);
  }
}
