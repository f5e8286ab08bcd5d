// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import dev.quench.Printable;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.ValueHistogram;
import dev.quench.compress.train.run.WeightProfile;
import dev.quench.io.AtomicFile;
import dev.quench.pipeline.training.LineChart.Line;
import dev.quench.report.PageStyle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// The report of a training run as one self-contained HTML page: curves as inline SVG, all foreign
/// text escaped, for light and dark screens of any width.
///
/// @param title plain text
/// @param lead one or two sentences under it, plain text
/// @param epochs at least one, in order
/// @param keptEpoch the epoch whose network is the result, where it was chosen
/// @param facts settings and results by name, plain text
public record TrainingPage(
    String title,
    String lead,
    List<EpochReport> epochs,
    OptionalInt keptEpoch,
    Map<String, String> facts) {
  private static final String STYLE =
      """
      <style>
      :root { --s2: #3a8f5c; --s3: #8a3f8f; } @media (prefers-color-scheme: dark) { :root { --s2: #7fcf9f; --s3: #d99be0; } }
      figcaption { font-weight: 600; } figcaption .key { font-weight: 400; margin-left: .6rem; white-space: nowrap; }
      .key::before { content: ""; display: inline-block; width: .8em; height: .2em; margin-right: .35em; vertical-align: middle; background: currentColor; }
      span.s0 { color: var(--s0); } span.s1 { color: var(--s1); } span.s2 { color: var(--s2); } span.s3 { color: var(--s3); }
      .kept { stroke: var(--faint); stroke-dasharray: 3 3; } .cell { fill: var(--s0); }
      polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
      polyline.s0 { stroke: var(--s0); } polyline.s1 { stroke: var(--s1); } polyline.s2 { stroke: var(--s2); } polyline.s3 { stroke: var(--s3); }
      circle.s0 { fill: var(--s0); } circle.s1 { fill: var(--s1); } circle.s2 { fill: var(--s2); } circle.s3 { fill: var(--s3); }
      table.epochs th, table.epochs td { text-align: right; font-variant-numeric: tabular-nums; } tr.best { font-weight: 600; }
      </style>
      """;

  public TrainingPage {
    epochs = List.copyOf(epochs);
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    if (epochs.isEmpty()) {
      throw new IllegalArgumentException("expected at least one epoch");
    }
  }

  /// Writes the page, replacing an existing file.
  ///
  /// @throws IOException if the file cannot be written; an existing file then stays unchanged
  public void write(Path file) throws IOException {
    AtomicFile.writeString(file, toHtml());
  }

  /// UTF-8 text.
  public String toHtml() {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append(STYLE)
        .append("<p class=\"lead\">")
        .append(Printable.escapeHtml(lead))
        .append("</p>\n<div class=\"charts\">\n")
        .append(charts())
        .append("</div>\n");
    if (keptEpoch.isPresent()) {
      page.append("<p class=\"lead\">The dashed line is the epoch whose network was kept.</p>\n");
    }
    facts(page);
    table(page);
    return PageStyle.page(title, page);
  }

  private String charts() {
    return new LineChart(
                "Loss",
                List.of(
                    line("training", EpochReport::loss),
                    line("validation", epoch -> epoch.validationLoss().orElse(Double.NaN))),
                keptEpoch)
            .toHtml()
        + new LineChart(
                "Accuracy, %",
                List.of(
                    line("training", epoch -> 100 * epoch.trainingAccuracy()),
                    line(
                        "validation",
                        epoch -> 100 * epoch.validationAccuracy().orElse(Double.NaN))),
                keptEpoch)
            .toHtml()
        + new LineChart(
                "Learning rate", List.of(line("rate", EpochReport::learningRate)), keptEpoch)
            .toHtml()
        + new LineChart(
                "Sparsity, %",
                List.of(
                    line("weights at 0", epoch -> 100 * epoch.weights().zeroWeights()),
                    line(
                        "γ below " + WeightProfile.SMALL_SCALE,
                        epoch ->
                            epoch.weights().scales().counts().isEmpty()
                                ? Double.NaN
                                : 100 * epoch.weights().smallScales())),
                keptEpoch)
            .toHtml()
        + density("Scales γ of BatchNormalization", WeightProfile::scales)
        + density("Latent weights", WeightProfile::latents);
  }

  private String density(String name, Function<WeightProfile, ValueHistogram> histogram) {
    return new DensityChart(
            name,
            epochs.stream().map(epoch -> histogram.apply(epoch.weights())).toList(),
            keptEpoch)
        .toHtml();
  }

  private Line line(String name, ToDoubleFunction<EpochReport> figure) {
    return new Line(name, epochs.stream().map(figure::applyAsDouble).toList());
  }

  private void facts(StringBuilder page) {
    page.append("<h2>Settings</h2>\n<table class=\"facts\"><tbody>\n");
    facts.forEach((name, text) ->
        page.append("<tr><td>")
            .append(Printable.escapeHtml(name))
            .append("</td><td>")
            .append(Printable.escapeHtml(text))
            .append("</td></tr>\n"));
    page.append("</tbody></table>\n");
  }

  private void table(StringBuilder page) {
    page.append(
        "<h2>Epochs</h2>\n<div class=\"wide\"><table class=\"epochs\"><thead><tr><th>epoch</th><th>loss</th><th>training</th><th>validation loss</th><th>validation</th><th>learning rate</th><th>seconds</th></tr></thead>\n<tbody>\n");
    for (EpochReport epoch : epochs) {
      boolean best = keptEpoch.isPresent() && keptEpoch.getAsInt() == epoch.epoch();
      page.append(
          String.format(
              Locale.ROOT,
              "<tr%s><td>%d</td><td>%.4f</td><td>%.2f %%</td><td>%s</td><td>%s</td><td>%.3g</td><td>%.1f</td></tr>\n",
              best ? " class=\"best\"" : "",
              epoch.epoch(),
              epoch.loss(),
              100 * epoch.trainingAccuracy(),
              text("%.4f", epoch.validationLoss(), 1),
              text("%.2f %%", epoch.validationAccuracy(), 100),
              epoch.learningRate(),
              epoch.seconds()));
    }
    page.append("</tbody></table></div>\n");
  }

  private static String text(String format, OptionalDouble value, double factor) {
    return value.isPresent()
        ? String.format(Locale.ROOT, format, factor * value.getAsDouble())
        : "–";
  }
}
