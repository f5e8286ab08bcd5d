// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A reproduced table as JSON.
final class TableJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private TableJson() {}

  static String of(ReproducedTable table) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("schemaVersion", 1);
    root.put("table", table.table().name()).put("data", table.data());
    ArrayNode rows = root.putArray("rows");
    table.rows().forEach(row -> fill(rows.addObject(), row));
    return root.toPrettyString() + "\n";
  }

  private static void fill(ObjectNode node, TableRow row) {
    Row declared = row.row();
    node.put("row", declared.name()).put("title", declared.title());
    node.put("weights", declared.weights()).put("activations", declared.activations());
    declared.reference().ifPresent(reference -> node.put("reference", reference));
    declared.startsFrom().ifPresent(start -> node.put("startsFrom", start));
    ArrayNode runs = node.putArray("runs");
    for (RunRecord run : row.runs()) {
      ObjectNode each = runs.addObject();
      each.put("seed", run.seed()).put("top1", run.top1()).put("epochs", run.epochs().size());
      each.put("wallSeconds", run.wallSeconds()).put("processorSeconds", run.processorSeconds());
      each.put("modelDigest", run.modelDigest()).put("checkpointDigest", run.checkpointDigest());
      ObjectNode differences = each.putObject("differences");
      run.differences().forEach(differences::put);
    }
    if (!row.runs().isEmpty()) {
      RunRecord first = row.runs().getFirst();
      node.put("meanTop1", row.meanTop1()).put("recipe", first.recipe());
      node.put("fileBytes", first.fileBytes()).put("packedBytes", first.packedBytes());
      node.put("publishedFormulaBytes", first.publishedFormulaBytes());
      node.put("parameters", first.parameters()).put("macs", first.macs());
    }
    row.loss()
        .ifPresent(loss -> {
          ObjectNode each = node.putObject("loss");
          each.put("points", loss.points()).put("standardError", loss.standardError());
          each.put("seeds", loss.seeds()).put("samples", loss.samples());
          each.put("lost", loss.lost()).put("gained", loss.gained());
          each.put("mcNemarChiSquare", loss.chiSquare());
          declared
              .published()
              .loss()
              .ifPresent(published -> each.put("allowed", loss.allowed(published)));
          row.holds().ifPresent(holds -> each.put("holds", holds));
        });
    Published published = declared.published();
    ObjectNode theirs = node.putObject("published");
    theirs.put("data", published.data()).put("comparable", false);
    theirs.put("top1", published.accuracy());
    published.loss().ifPresent(loss -> theirs.put("loss", loss));
    published.parameters().ifPresent(millions -> theirs.put("millionParameters", millions));
    published.megabytes().ifPresent(size -> theirs.put("megabytes", size));
  }
}
