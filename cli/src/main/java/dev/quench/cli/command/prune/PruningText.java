// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.GainJson;
import dev.quench.cli.output.Text;
import dev.quench.compress.prune.PruningReport;
import dev.quench.compress.prune.reconstruct.LayerError;
import dev.quench.cost.ModelCost;
import dev.quench.pipeline.prune.PruningResult;
import dev.quench.pipeline.trial.RealizedGain;
import java.util.ArrayList;
import java.util.List;

/// What was pruned, for people and for machines.
final class PruningText {
  private PruningText() {}

  /// Groups, costs before and after, the check, and gains by count and by measurement.
  static List<String> lines(PruningResult result) {
    PruningReport report = result.report();
    List<String> lines = new ArrayList<>();
    List<List<String>> groups = new ArrayList<>();
    groups.add(List.of("channels of", "before", "after"));
    for (PruningReport.CutGroup group : report.cut()) {
      groups.add(
          List.of(
              String.join(", ", group.layers()),
              Integer.toString(group.channels()),
              Integer.toString(group.kept())));
    }
    lines.addAll(Text.table(1, groups));
    for (PruningReport.RefusedGroup group : report.refused()) {
      lines.add(
          "  stays: %s (%d): %s"
              .formatted(String.join(", ", group.layers()), group.channels(), group.reason()));
    }
    lines.addAll(
        Text.table(
            1,
            List.of(
                List.of("", "before", "after", "share gone"),
                row("MACs", report.before().macs(), report.after().macs()),
                row("parameters", report.before().parameters(), report.after().parameters()),
                row("weight bytes", report.before().weightBytes(), report.after().weightBytes()),
                row("bytes moved", report.before().bytesMoved(), report.after().bytesMoved()),
                List.of(
                    "FLOPs a byte",
                    Text.format("%.1f", report.before().arithmeticIntensity()),
                    Text.format("%.1f", report.after().arithmeticIntensity()),
                    ""))));
    if (!report.errors().isEmpty()) {
      lines.addAll(errors(report));
    }
    result.search().map(SearchText::lines).ifPresent(lines::addAll);
    report
        .equivalence()
        .ifPresent(check ->
            lines.add(
                Text.format(
                    "same as the original with these channels zero: largest error %.1e on %s",
                    check.worst(), check.backend())));
    RealizedGain gain = result.gain();
    lines.add(Text.format("measured: %s; %.2f times by count", gain, report.theoreticalGain()));
    return lines;
  }

  private static List<String> errors(PruningReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("error on samples held back", "plain", "fitted", ""));
    for (LayerError each : report.errors()) {
      rows.add(
          List.of(
              each.layer(),
              Text.format("%.4f", each.plain()),
              Text.format("%.4f", each.fitted()),
              each.kept() ? "" : "not taken"));
    }
    return Text.table(1, rows);
  }

  private static List<String> row(String what, long before, long after) {
    return List.of(
        what,
        Text.count(before),
        Text.count(after),
        Text.format("%.1f %%", before == 0 ? 0.0 : 100.0 * (before - after) / before));
  }

  /// Fills in the report.
  static void fill(ObjectNode root, PruningResult result) {
    PruningReport report = result.report();
    root.put("method", report.criterion().commandName());
    report.goal().ifPresent(goal -> root.put("ratio", goal.ratio()));
    root.put("threshold", report.threshold());
    cost(root.putObject("before"), report.before());
    cost(root.putObject("after"), report.after());
    ArrayNode cut = root.putArray("groups");
    for (PruningReport.CutGroup group : report.cut()) {
      ObjectNode entry = cut.addObject();
      ArrayNode layers = entry.putArray("layers");
      group.layers().forEach(layers::add);
      entry.put("channelsBefore", group.channels()).put("channels", group.kept());
    }
    ArrayNode refused = root.putArray("refused");
    for (PruningReport.RefusedGroup group : report.refused()) {
      ObjectNode entry = refused.addObject();
      ArrayNode layers = entry.putArray("layers");
      group.layers().forEach(layers::add);
      entry.put("channels", group.channels()).put("reason", group.reason());
    }
    report.equivalence().ifPresent(check -> root.put("maskedError", check.worst()));
    ArrayNode errors = root.putArray("layerErrors");
    for (LayerError each : report.errors()) {
      errors
          .addObject()
          .put("layer", each.layer())
          .put("plain", each.plain())
          .put("fitted", each.fitted())
          .put("taken", each.kept());
    }
    result.search().ifPresent(search -> SearchText.fill(root.putObject("search"), search));
    root.put("theoreticalGain", report.theoreticalGain());
    RealizedGain gain = result.gain();
    GainJson.fill(root, gain);
    ArrayNode notes = root.putArray("notes");
    report.notes().forEach(notes::add);
  }

  private static void cost(ObjectNode node, ModelCost cost) {
    node.put("macs", cost.macs())
        .put("parameters", cost.parameters())
        .put("weightBytes", cost.weightBytes())
        .put("bytesMoved", cost.bytesMoved())
        .put("arithmeticIntensity", cost.arithmeticIntensity());
  }
}
