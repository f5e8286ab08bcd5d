// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.factor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Text;
import dev.quench.compress.factor.product.ProductReport;
import dev.quench.compress.factor.product.ProductReport.Coded;
import dev.quench.compress.factor.product.ProductReport.Whole;
import java.util.ArrayList;
import java.util.List;

/// What became words and codes, for people and for machines.
final class ProductText {
  private ProductText() {}

  static List<String> lines(ProductReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("layer", "piece", "words", "smaller", "operations", "by k-means", "corrected"));
    long before = 0;
    long after = 0;
    for (Coded layer : report.coded()) {
      before += layer.bytesBefore();
      after += layer.bytes();
      rows.add(
          List.of(
              layer.name(),
              Integer.toString(layer.length()),
              Integer.toString(layer.words()),
              Text.format("%.1fx", (double) layer.bytesBefore() / layer.bytes()),
              Text.format("%.3f", layer.operations()),
              layer.plainError().isPresent()
                  ? Text.format("%.4f", layer.plainError().getAsDouble())
                  : "",
              layer.error().isPresent() ? Text.format("%.4f", layer.error().getAsDouble()) : ""));
    }
    List<String> lines = new ArrayList<>(Text.table(1, rows));
    for (ProductReport.Layer layer : report.layers()) {
      if (layer instanceof Whole(String name, String reason)) {
        lines.add("  whole: %s: %s".formatted(name, reason));
      }
    }
    lines.add(
        Text.format(
            "weights of these layers %s -> %s, %.1f times smaller; ONNX Runtime expands them when it loads the model and takes as long as before",
            Text.bytes(before), Text.bytes(after), (double) before / after));
    if (report.coded().stream().allMatch(layer -> layer.error().isEmpty())) {
      lines.add("errors are not corrected: give --data");
    }
    return lines;
  }

  /// Fills in the report.
  static void fill(ObjectNode root, ProductReport report) {
    ArrayNode layers = root.putArray("layers");
    for (ProductReport.Layer layer : report.layers()) {
      ObjectNode entry = layers.addObject().put("node", layer.name());
      switch (layer) {
        case Whole whole -> entry.put("reason", whole.reason());
        case Coded coded -> {
          entry.put("method", "product");
          entry.put("piece", coded.length()).put("words", coded.words());
          entry.put("bytesBefore", coded.bytesBefore()).put("bytes", coded.bytes());
          entry.put("operationsShare", coded.operations());
          entry.put("weightError", coded.weightError());
          coded.plainError().ifPresent(error -> entry.put("outputErrorPlain", error));
          coded.error().ifPresent(error -> entry.put("outputError", error));
        }
      }
    }
  }
}
