// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A calibration table in short.
record TableSummary(Path file, CalibrationTable table) implements StoredResult {
  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: calibration table, %d tensors by %s%s"
            .formatted(
                file,
                table.entries().size(),
                table.header().method(),
                table.isUncalibrated() ? ", UNCALIBRATED (random data)" : ""));
    lines.add("model " + table.header().modelDigest().orElse("unknown"));
    for (CalibrationData part : table.header().data()) {
      lines.add("%d samples of %s".formatted(part.samples(), part.description()));
    }
    spread().ifPresent(spread -> lines.addAll(spread.lines()));
    clippedMost()
        .ifPresent(most ->
            lines.add(
                Text.format(
                    "%d clipped, '%s' the most: %.4g of %.4g",
                    clipped(), most.name(), most.threshold(), most.extremes().amax())));
    lines.add(
        table.hasHistograms()
            ? "histograms beside it: 'quench table reestimate' tries other methods"
            : "no histograms beside it");
    lines.add("'quench table show' lists the ranges");
    return lines;
  }

  @Override
  public ObjectNode json() {
    ObjectNode root =
        Json.object()
            .put("kind", "table")
            .put("file", file.toString())
            .put("modelDigest", table.header().modelDigest().orElse(""))
            .put("method", table.header().method())
            .put("uncalibrated", table.isUncalibrated())
            .put(
                "samples", table.header().data().stream().mapToLong(CalibrationData::samples).sum())
            .put("histograms", table.hasHistograms())
            .put("clipped", clipped())
            .put("tensors", table.entries().size());
    spread().ifPresent(spread -> root.set("thresholds", spread.json()));
    return root;
  }

  private Optional<RangeSpread> spread() {
    return RangeSpread.of(
        table.entries().stream()
            .map(each -> new RangeSpread.Range(each.name(), each.threshold()))
            .toList());
  }

  private static boolean isClipped(TensorRange range) {
    return range.threshold() < range.extremes().amax();
  }

  private long clipped() {
    return table.entries().stream().filter(TableSummary::isClipped).count();
  }

  private Optional<TensorRange> clippedMost() {
    return table.entries().stream()
        .filter(TableSummary::isClipped)
        .min(Comparator.comparingDouble(range -> range.threshold() / range.extremes().amax()));
  }
}
