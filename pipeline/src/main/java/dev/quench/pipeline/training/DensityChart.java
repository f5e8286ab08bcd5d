// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import dev.quench.compress.train.run.ValueHistogram;
import java.util.List;
import java.util.OptionalInt;

/// A distribution by epoch: the darker a cell, the more values it holds.
///
/// @param histograms one for each epoch
record DensityChart(String title, List<ValueHistogram> histograms, OptionalInt kept) {
  /// More columns would be thinner than a few pixels.
  private static final int MOST_COLUMNS = 60;

  /// Empty if no epoch has values.
  String toHtml() {
    List<ValueHistogram> filled =
        histograms.stream().filter(each -> !each.counts().isEmpty()).toList();
    if (filled.isEmpty()) {
      return "";
    }
    double low = filled.stream().mapToDouble(ValueHistogram::low).min().orElseThrow();
    double high = filled.stream().mapToDouble(ValueHistogram::high).max().orElseThrow();
    Chart chart = new Chart(title, histograms.size(), low, high, true);
    int stride = Math.ceilDiv(histograms.size(), MOST_COLUMNS);
    for (int epoch = 1; epoch <= histograms.size(); epoch += stride) {
      column(chart, epoch, Math.min(stride, histograms.size() - epoch + 1));
    }
    chart.mark(kept);
    return chart.toHtml(List.of());
  }

  private void column(Chart chart, int epoch, int width) {
    ValueHistogram histogram = histograms.get(epoch - 1);
    List<Integer> counts = histogram.counts();
    int most = Math.max(1, counts.stream().mapToInt(Integer::intValue).max().orElse(1));
    double interval = (histogram.high() - histogram.low()) / Math.max(1, counts.size());
    double left = chart.across.at(epoch - 0.5);
    double across = chart.across.at(epoch - 0.5 + width) - left;
    for (int i = 0; i < counts.size(); i++) {
      if (counts.get(i) > 0) {
        double top = chart.up.at(histogram.low() + (i + 1) * interval);
        double bottom = chart.up.at(histogram.low() + i * interval);
        chart.add(
            "<rect class=\"cell\" x=\"%.1f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" opacity=\"%.2f\"/>",
            left,
            top,
            Math.max(0.5, across - 0.6),
            Math.max(0.5, bottom - top),
            0.12 + 0.88 * Math.sqrt((double) counts.get(i) / most));
      }
    }
  }
}
