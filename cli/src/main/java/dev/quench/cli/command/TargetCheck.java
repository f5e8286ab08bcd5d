// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.export.target.ExportTarget;
import dev.quench.export.target.Refusal;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.export.ExportRecipe;
import java.util.List;

/// Whether a target takes a model.
///
/// @param refusals what it would refuse; empty when it takes the model
record TargetCheck(ExportTarget target, List<Refusal> refusals) {
  /// Fits `model` to the target, in place, and asks what it would refuse.
  static TargetCheck of(ExportTarget target, Model model, QuenchCommand command) {
    return new TargetCheck(target, ExportRecipe.refusals(target, model, command.listener()));
  }

  boolean passes() {
    return refusals.isEmpty();
  }

  void print(ObjectNode root, QuenchCommand command) {
    ArrayNode list = root.putArray("refusals");
    for (Refusal refusal : refusals) {
      command.say(refusal.node() + ": " + refusal.reason() + "; " + refusal.remedy());
      list.addObject()
          .put("node", refusal.node())
          .put("reason", refusal.reason())
          .put("remedy", refusal.remedy());
    }
  }

  /// @param override how to have it written all the same
  CheckFailedException failure(String override) {
    return new CheckFailedException(
        "%s would refuse %d node%s; nothing is written (%s)"
            .formatted(target.name(), refusals.size(), refusals.size() == 1 ? "" : "s", override));
  }
}
