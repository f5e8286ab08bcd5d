// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Inserts Q/DQ by the ranges of a calibration.
record QuantizeStep() implements StepKind {
  @Override
  public String name() {
    return "quantize";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.artifact("calibration", TABLE, Absent.PREVIOUS),
        OptionSpec.word("form", "tensorrt", "onnxruntime"));
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
    QuantizedModel quantized =
        QuantizationRecipe.of(
                PreparedModel.of(model), CalibrationTable.read(context.file("calibration")))
            .form(
                context.options().text("form").orElse("tensorrt").equals("tensorrt")
                    ? QuantizedForm.TENSORRT
                    : QuantizedForm.ONNX_RUNTIME)
            .listener(context.listener())
            .run();
    quantized.write(context.model());
    return StepOutcome.model(
        context.model(), Map.of("layers", (double) quantized.report().layers().size()));
  }
}
