// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Text;
import dev.quench.compress.prune.sparse.SparsityPattern;
import dev.quench.compress.prune.sparse.SparsityReport;
import java.util.ArrayList;
import java.util.List;

/// What a pattern of zeros made of a model, for people and for machines.
final class SparsityText {
  private SparsityText() {}

  /// Layers with the share of magnitude that stays, those left out, the check, and what runs it.
  static List<String> lines(SparsityReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("magnitude kept", "in order", "permuted"));
    for (SparsityReport.Layer layer : report.layers()) {
      rows.add(
          List.of(
              layer.name(),
              Text.format("%.4f", layer.share()),
              Text.format("%.4f", layer.permutedShare())));
    }
    List<String> lines = new ArrayList<>(Text.table(1, rows));
    for (SparsityReport.Layer layer : report.layers()) {
      if (!layer.unmoved().isEmpty()) {
        lines.add("  in order: %s: %s".formatted(layer.name(), layer.unmoved()));
      }
    }
    report
        .leftOut()
        .forEach((layer, reason) -> lines.add("  left out: %s: %s".formatted(layer, reason)));
    lines.add(
        Text.format(
            "%s: %d of %d weights in %d layers are zero",
            report.pattern(), report.zeros(), report.weights(), report.layers().size()));
    report
        .equivalence()
        .ifPresent(check ->
            lines.add(
                Text.format(
                    "before the zeros the new order computed the same: largest error %.1e on %s",
                    check.worst(), check.backend())));
    lines.add(
        report.pattern().equals(SparsityPattern.TWO_OF_FOUR)
            ? "layers keep their sizes; ONNX Runtime takes as long as before, only TensorRT can gain: quench build --sparse-weights"
            : "layers keep their sizes and their speed: sparse tensor cores run 2:4 alone");
    return lines;
  }

  /// Fills in the report.
  static void fill(ObjectNode root, SparsityReport report) {
    root.put("method", "pattern").put("pattern", report.pattern().toString());
    ArrayNode layers = root.putArray("layers");
    for (SparsityReport.Layer layer : report.layers()) {
      ObjectNode entry = layers.addObject().put("layer", layer.name());
      entry.put("shareInOrder", layer.share()).put("share", layer.permutedShare());
      if (!layer.unmoved().isEmpty()) {
        entry.put("unmoved", layer.unmoved());
      }
    }
    ArrayNode leftOut = root.putArray("leftOut");
    report
        .leftOut()
        .forEach((layer, reason) -> leftOut.addObject().put("layer", layer).put("reason", reason));
    root.put("weights", report.weights()).put("zeros", report.zeros());
    report.equivalence().ifPresent(check -> root.put("orderError", check.worst()));
  }
}
