// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Fuses nodes and removes what computes nothing.
record OptimizeStep() implements StepKind {
  @Override
  public String name() {
    return "optimize";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.flag("merge-sibling-convs"));
  }

  @Override
  public Set<String> gives() {
    return Set.of(MODEL);
  }

  @Override
  public boolean readsData(StepOptions options) {
    return false;
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = context.input();
    int before = model.graph().nodes().size();
    PreparedModel.fuse(model, context.options().isSet("merge-sibling-convs"));
    OnnxWriter.write(model, context.model());
    return StepOutcome.model(
        context.model(),
        Map.of("nodesBefore", (double) before, "nodes", (double) model.graph().nodes().size()));
  }
}
