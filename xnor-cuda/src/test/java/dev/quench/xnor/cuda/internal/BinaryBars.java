// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.xnor.cuda.BinaryKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// How much faster binary products are than cuBLAS, from the figures of a report.
///
/// The bars are those of the product of 8192³, operands packed, sums of 32 bits as cuBLAS gives
/// them: 3.4 times cuBLAS FP32, which is what BinaryNet reports for its kernel (Courbariaux et al.,
/// "Binarized Neural Networks", 2016, section 3 and figure 3), and 1.5 times cuBLAS INT8.
final class BinaryBars {
  private static final double OVER_FP32 = 3.4;
  private static final double OVER_INT8 = 1.5;
  private static final String GRAPH = ", as a graph";

  private final BinaryReport report;
  private final BinaryPart.Sizes sizes;
  private final ArrayNode judged;
  private final ArrayNode bars;
  private final List<String> lines = new ArrayList<>();
  private boolean missed;

  private BinaryBars(BinaryReport report, BinaryPart.Sizes sizes) {
    this.report = report;
    this.sizes = sizes;
    this.judged = report.result().putArray("ratios");
    this.bars = report.array(BinaryPart.SQUARE, "bars").removeAll();
  }

  /// @param lines for people, one a ratio
  /// @param missed whether one is known to be under its bar
  record Judgement(List<String> lines, boolean missed) {}

  /// Writes the ratios into the report.
  static Judgement judge(BinaryReport report, BinaryPart.Sizes sizes) {
    BinaryBars bars = new BinaryBars(report, sizes);
    String square = SquareProduct.work(sizes.side());
    bars.ratio(BinaryPart.SQUARE, square, "", "cuBLAS FP32", OVER_FP32);
    bars.ratio(BinaryPart.SQUARE, square, "", "cuBLAS INT8", OVER_INT8);
    for (int batch : sizes.batches()) {
      for (String form : new String[] {"", GRAPH}) {
        for (String reference : new String[] {"cuBLAS FP32", "cuBLAS INT8"}) {
          String work = Perceptron.work(sizes.widths(), batch);
          bars.ratio(BinaryPart.PERCEPTRON, work, form, reference + form, 0);
        }
      }
    }
    bars.shareOfLimit(square);
    return new Judgement(List.copyOf(bars.lines), bars.missed);
  }

  /// @param bar 0 where none is set
  private void ratio(BinaryPart part, String work, String form, String reference, double bar) {
    String binary = fastest(part, work, form);
    OptionalDouble own = median(part, work, binary);
    OptionalDouble other = median(part, work, reference);
    ObjectNode node =
        judged.addObject().put("work", work).put("contender", binary).put("against", reference);
    String what = "%s, %s against %s: ".formatted(work, binary, reference);
    if (own.isEmpty() || other.isEmpty()) {
      node.putNull("ratio");
      lines.add(what + "not measured");
      return;
    }
    double ratio = other.getAsDouble() / own.getAsDouble();
    node.put("ratio", ratio);
    boolean holds = ratio >= bar;
    if (bar > 0) {
      missed |= !holds;
      bars.addObject()
          .put("figure", "times %s at %s".formatted(reference, work))
          .put("value", ratio)
          .put("atLeast", bar)
          .put("holds", holds);
    }
    lines.add(
        what
            + "%.2fx".formatted(ratio)
            + (bar > 0 ? ", %s %.1fx".formatted(holds ? "at least" : "LESS THAN", bar) : ""));
  }

  private String fastest(BinaryPart part, String work, String form) {
    String best = BinaryKernel.TENSOR_CORES + form;
    return median(part, work, best).isPresent() ? best : BinaryKernel.POPCOUNT + form;
  }

  private void shareOfLimit(String square) {
    double limit = 0;
    for (JsonNode figure : figures(BinaryPart.LIMIT)) {
      limit = Math.max(limit, figure.path("teraOperationsPerSecond").asDouble());
    }
    double reached = 0;
    for (JsonNode figure : figures(BinaryPart.SQUARE)) {
      if (figure.path("contender").asText().equals(BinaryKernel.TENSOR_CORES.name())) {
        reached = figure.path("teraOperationsPerSecond").asDouble();
      }
    }
    if (limit > 0 && reached > 0) {
      report.result().put("shareOfInstructionLimit", reached / limit);
      lines.add(
          "%s: %.0f of %.0f TOPS that the instruction gives from registers"
              .formatted(square, reached, limit));
    }
  }

  private OptionalDouble median(BinaryPart part, String work, String contender) {
    for (JsonNode figure : figures(part)) {
      if (figure.path("work").asText().equals(work)
          && figure.path("contender").asText().equals(contender)
          && figure.has("medianMillis")) {
        return OptionalDouble.of(figure.path("medianMillis").asDouble());
      }
    }
    return OptionalDouble.empty();
  }

  private JsonNode figures(BinaryPart part) {
    return report.part(part).path("figures");
  }
}
