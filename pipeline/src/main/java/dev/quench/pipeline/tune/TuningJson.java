// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Points and outcomes as JSON.
public final class TuningJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private TuningJson() {}

  static void fill(ObjectNode node, TuningPoint point) {
    node.put("plan", point.plan().code());
    switch (point) {
      case TuningPoint.Refused refused -> node.put("refused", refused.reason());
      case TuningPoint.Measured measured -> {
        node.put("millis", measured.latency().millis())
            .put("floatMillis", measured.latency().floatMillis())
            .put("ratio", measured.ratio())
            .put("worstCosine", measured.loss().worstCosine());
        measured.loss().drop().ifPresent(drop -> node.put("drop", drop));
        node.put("layers", measured.layers()).put("form", measured.form());
      }
    }
  }

  /// The outcome as a JSON object: `target`, `bound`, `choice`, `reason` where the model stays
  /// float, `regions` and all `points`.
  public static String of(TuningOutcome outcome) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("target", outcome.space().target().name());
    root.putObject("bound")
        .put("minCosine", outcome.bound().minCosine())
        .put("maxDrop", outcome.bound().maxDrop());
    if (outcome.best().isPresent()) {
      fill(root.putObject("choice"), outcome.best().get());
    } else {
      root.putNull("choice").put("reason", outcome.whyFloat());
    }
    ArrayNode regions = root.putArray("regions");
    for (RegionChoice choice : RegionChoice.of(outcome)) {
      ObjectNode each = regions.addObject();
      ArrayNode names = each.putArray("regions");
      choice.pattern().regions().forEach(region -> names.add(region.name()));
      ArrayNode nodes = each.putArray("nodes");
      choice.pattern().region().nodes().forEach(node -> nodes.add(node.name()));
      each.put("scheme", choice.scheme()).put("reason", choice.reason());
    }
    ArrayNode points = root.putArray("points");
    for (TuningPoint point : outcome.points()) {
      ObjectNode each = points.addObject();
      fill(each, point);
      if (point instanceof TuningPoint.Measured measured) {
        each.put("holdsBound", outcome.bound().holds(measured.loss()));
      }
    }
    return root.toPrettyString() + "\n";
  }
}
