// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.export.target.ExportTarget;
import dev.quench.export.target.Refusal;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.export.ExportRecipe;
import dev.quench.pipeline.export.ExportedModel;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Brings a model into the form that a target imports, and asks the target what it would refuse.
record ExportStep() implements StepKind {
  @Override
  public String name() {
    return "export";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.read("target", ExportTarget::named),
        OptionSpec.flag("pack"));
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
    ExportTarget target =
        ExportTarget.named(context.options().text("target").orElse("onnxruntime"));
    ExportedModel exported =
        ExportRecipe.of(model, target)
            .packed(context.options().isSet("pack"))
            .listener(context.listener())
            .run();
    OnnxWriter.write(exported.model(), context.model());
    String refused =
        exported.refusals().stream().map(Refusal::toString).collect(Collectors.joining("; "));
    return new StepOutcome(
        Map.of(MODEL, context.model()),
        Map.of("bytes", (double) Files.size(context.model())),
        refused.isEmpty()
            ? Optional.empty()
            : Optional.of(target.name() + " would refuse the model: " + refused));
  }
}
