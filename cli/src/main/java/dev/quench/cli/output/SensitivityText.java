// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.compress.quantize.Sensitivity.TensorSensitivity;
import java.util.ArrayList;
import java.util.List;

/// Says which layers cost what.
public final class SensitivityText {
  /// On a terminal; JSON has them all.
  private static final int MOST = 20;

  private SensitivityText() {}

  /// A table of the tensors that cost most when they alone are quantized.
  public static List<String> lines(Sensitivity found) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("quantized alone", "SQNR dB", "cosine", "drop", "layers"));
    for (TensorSensitivity each : found.ranking().stream().limit(MOST).toList()) {
      rows.add(
          List.of(
              each.tensor(),
              Text.format("%.2f", each.fidelity().sqnrDecibels()),
              Text.format("%.6f", each.fidelity().cosine()),
              each.drop().isPresent()
                  ? Text.format("%.2f pt", 100 * each.drop().getAsDouble())
                  : "-",
              String.join(", ", each.layers())));
    }
    List<String> lines = new ArrayList<>(Text.table(1, rows));
    if (found.ranking().size() > MOST) {
      lines.add("and %d that cost less".formatted(found.ranking().size() - MOST));
    }
    return lines;
  }

  public static void fill(ArrayNode array, Sensitivity found) {
    for (TensorSensitivity each : found.ranking()) {
      ObjectNode node =
          array
              .addObject()
              .put("tensor", each.tensor())
              .put("sqnrDecibel", each.fidelity().sqnrDecibels())
              .put("cosine", each.fidelity().cosine());
      each.drop().ifPresent(drop -> node.put("drop", drop));
      ArrayNode layers = node.putArray("layers");
      each.layers().forEach(layers::add);
    }
  }
}
