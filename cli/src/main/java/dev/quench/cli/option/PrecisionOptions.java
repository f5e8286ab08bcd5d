// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.export.precision.PrecisionReport;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.Model;
import dev.quench.pipeline.export.LoweringPlan;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the FP32 part of a model becomes, by casts in the model.
@OptionGroup("Precision")
public final class PrecisionOptions {
  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Rewrite FP32 as fp16, bf16 or mixed (FP16 where it is safe) by explicit casts, which a strongly typed TensorRT network needs; nodes that are sensitive to range stay FP32.")
  private @Nullable ReducedPrecision precision;

  @Option(
      names = "--keep-fp32",
      paramLabel = "PATTERN",
      description =
          "For --precision: also keep these nodes: a name with * and ?, regex:EXPRESSION or op:TYPE; may be repeated.")
  private List<String> kept = List.of();

  public boolean isGiven() {
    return precision != null;
  }

  /// Whether nodes stay in FP32, which requires `--precision`.
  public boolean keepsNodes() {
    return !kept.isEmpty();
  }

  private ReducedPrecision type() {
    return Objects.requireNonNull(precision);
  }

  /// What was asked for, of which something [#isGiven].
  ///
  /// @param model has the nodes that are to be kept
  public LoweringPlan plan(Model model, LoweringPlan.Activations activations) {
    kept.forEach(pattern -> NamedNodes.require("--keep-fp32", pattern, model));
    return new LoweringPlan(type(), kept, activations);
  }

  public void print(PrecisionReport report, ObjectNode node, QuenchCommand command) {
    command.say(
        "%d nodes in %s, %d stay FP32, %d casts, %d constants converted"
            .formatted(
                report.lowered(),
                type().type(),
                report.kept().size(),
                report.casts(),
                report.constants()));
    node.put("lowered", report.lowered()).put("casts", report.casts());
    ArrayNode stays = node.putArray("kept");
    for (PrecisionReport.Kept each : report.kept()) {
      command.say("  FP32: " + each);
      stays.addObject().put("node", each.node()).put("reason", each.reason());
    }
  }
}
