// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.Printable;
import dev.quench.report.ReportSection;

/// The forms that were tried for ONNX Runtime, as a table.
///
/// @param choice of them
record FormSection(FormChoice choice) implements ReportSection {
  @Override
  public String title() {
    return "Forms tried for ONNX Runtime";
  }

  @Override
  public String toHtml() {
    StringBuilder html = new StringBuilder("<p class=\"lead\">");
    html.append(
        choice
            .kept()
            .map(kept -> "Chosen: " + Printable.escapeHtml(kept.form().toString()) + ". ")
            .orElse(""));
    if (choice.best().isEmpty()) {
      html.append("FP32 stays: " + Printable.escapeHtml(choice.whyFloat()) + ".");
    }
    html.append("</p>\n<table>\n<tr><th>form</th><th>result</th></tr>\n");
    for (FormTrial trial : choice.trials()) {
      html.append(
          "<tr><td>%s</td><td>%s</td></tr>\n"
              .formatted(
                  Printable.escapeHtml(trial.form().toString()),
                  Printable.escapeHtml(trial.verdict())));
    }
    return html.append("</table>\n").toString();
  }
}
