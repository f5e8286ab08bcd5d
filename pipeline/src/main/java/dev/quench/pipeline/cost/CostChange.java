// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import dev.quench.cost.ModelCost;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.report.ReportSection;
import dev.quench.report.RowChart;
import java.util.List;
import java.util.Locale;

/// What a change of a model brings: its cost before and after, and the gain by count against the
/// gain as measured.
///
/// @param gain measured with both forms running in turn
public record CostChange(ModelCost before, ModelCost after, RealizedGain gain)
    implements ReportSection {
  @Override
  public String title() {
    return "Cost";
  }

  /// How many times fewer multiply-accumulates; 1 if none are left.
  public double theoreticalGain() {
    return after.macs() == 0 ? 1 : (double) before.macs() / after.macs();
  }

  @Override
  public String toHtml() {
    return "<div class=\"charts\">\n"
        + new RowChart(
                "What is left",
                "of the original, the pale bar",
                List.of(
                    left("MACs", before.macs(), after.macs(), ""),
                    left("parameters", before.parameters(), after.parameters(), ""),
                    left("weights", before.weightBytes(), after.weightBytes(), "B"),
                    left("memory traffic", before.bytesMoved(), after.bytesMoved(), "B")),
                true)
            .toHtml()
        + new RowChart(
                "Times as fast",
                gain.isFaster() ? "by count and as measured" : "by count and as measured: no gain",
                List.of(
                    times("by MACs", theoreticalGain()),
                    times("measured on " + gain.backend(), gain.factor())),
                true)
            .toHtml()
        + "</div>\n";
  }

  private static RowChart.Row left(String name, long before, long after, String unit) {
    double percent = before == 0 ? 100 : 100.0 * after / before;
    return new RowChart.Row(
        name,
        String.format(
            Locale.ROOT,
            "%s → %s, %.1f %%",
            Quantity.of(before, unit),
            Quantity.of(after, unit),
            percent),
        percent,
        0,
        Math.max(100, percent));
  }

  private static RowChart.Row times(String name, double factor) {
    return new RowChart.Row(name, String.format(Locale.ROOT, "%.2f", factor), factor, 0, factor);
  }
}
