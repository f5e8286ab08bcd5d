// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Text;
import dev.quench.pipeline.prune.PruningResult.SearchResult;
import dev.quench.pipeline.prune.search.SearchOutcome;
import dev.quench.pipeline.prune.search.SearchTarget;
import dev.quench.pipeline.prune.search.WidthLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How widths were found, for people and for machines.
final class SearchText {
  private SearchText() {}

  /// Each group with what its width costs and loses alone, then the whole.
  static List<String> lines(SearchResult result) {
    SearchOutcome outcome = result.outcome();
    boolean timed = outcome.measuredMillis().isPresent();
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "this width alone", "before", "after", timed ? "ms" : "cost", "drop", "output error"));
    for (SearchOutcome.GroupWidth group : outcome.groups()) {
      rows.add(
          List.of(
              String.join(", ", group.layers()),
              Integer.toString(group.before()),
              Integer.toString(group.after()),
              timed
                  ? Text.format("%.3f", group.cost())
                  : Text.format("%.1f %%", 100 * group.cost() / outcome.originalCost()),
              group.loss().map(loss -> points(loss.drop())).orElse(""),
              group.loss().map(loss -> Text.format("%.4f", loss.outputError())).orElse("")));
    }
    List<String> lines = new ArrayList<>(Text.table(1, rows));
    lines.add(
        Text.format(
            "searched by %s with %d models: %s as cut, %s as written, on samples held back",
            name(outcome), outcome.evaluations(), loss(outcome.loss()), loss(result.loss())));
    outcome
        .measuredMillis()
        .ifPresent(millis ->
            lines.add(
                Text.format(
                    "latency: %.3f ms predicted, %.3f ms measured, %.3f ms before; the table errs by up to %.0f %% on whole models",
                    outcome.cost(), millis, outcome.originalCost(), 100 * outcome.tableError())));
    return lines;
  }

  private static String loss(WidthLoss loss) {
    return Text.format("a drop of %s, output error %.4f", points(loss.drop()), loss.outputError());
  }

  private static String points(double drop) {
    // A tiny gain is no minus zero.
    return Text.format("%.2f pt", 100 * drop + 0.0);
  }

  private static String name(SearchOutcome outcome) {
    return outcome.method().name().toLowerCase(Locale.ROOT);
  }

  /// Fills in the report.
  static void fill(ObjectNode node, SearchResult result) {
    SearchOutcome outcome = result.outcome();
    node.put("method", name(outcome));
    ObjectNode target = node.putObject("target");
    switch (outcome.target()) {
      case SearchTarget.Latency(double millis) -> target.put("millis", millis);
      case SearchTarget.Share share ->
          target.put("ratio", share.ratio()).put("of", share.budget().label());
      case SearchTarget.Drop drop ->
          target
              .put("maxDrop", drop.maxDrop())
              .put("of", drop.byLatency() ? "ms" : drop.budget().label());
    }
    node.put("cost", outcome.cost()).put("costBefore", outcome.originalCost());
    outcome
        .measuredMillis()
        .ifPresent(
            millis -> node.put("measuredMillis", millis).put("tableError", outcome.tableError()));
    node.put("evaluations", outcome.evaluations());
    fill(node.putObject("lossAsCut"), outcome.loss());
    fill(node.putObject("loss"), result.loss());
    ArrayNode groups = node.putArray("groups");
    for (SearchOutcome.GroupWidth group : outcome.groups()) {
      ObjectNode entry = groups.addObject();
      ArrayNode layers = entry.putArray("layers");
      group.layers().forEach(layers::add);
      entry
          .put("channelsBefore", group.before())
          .put("channels", group.after())
          .put("costAlone", group.cost());
      group.loss().ifPresent(loss -> fill(entry.putObject("lossAlone"), loss));
    }
  }

  private static void fill(ObjectNode node, WidthLoss loss) {
    node.put("drop", loss.drop()).put("outputError", loss.outputError());
  }
}
