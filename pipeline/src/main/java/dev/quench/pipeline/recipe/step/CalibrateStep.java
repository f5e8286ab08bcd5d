// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationResult;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Finds the ranges of a model's tensors on training samples.
record CalibrateStep() implements StepKind {
  private static final int SAMPLES = 512;

  @Override
  public String name() {
    return "calibrate";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.read("method", RangeMethod::parse),
        OptionSpec.whole("samples", 1));
  }

  @Override
  public Set<String> gives() {
    return Set.of(TABLE);
  }

  @Override
  public boolean readsData(StepOptions options) {
    return true;
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = context.input();
    Dataset training =
        context.requireData().open(model, IdxDataset.Split.TRAIN, OptionalInt.empty());
    CalibrationFiles files = CalibrationFiles.in(context.folder());
    CalibrationResult result =
        CalibrationRecipe.of(
                PreparedModel.of(model),
                training.sample(context.options().whole("samples").orElse(SAMPLES), context.seed()))
            .method(
                context
                    .options()
                    .text("method")
                    .map(RangeMethod::parse)
                    .orElseGet(RangeMethod::entropy))
            .writing(files)
            .listener(context.listener())
            .run();
    return new StepOutcome(
        Map.of(TABLE, files.table().orElseThrow()),
        Map.of("tensors", (double) result.table().entries().size()),
        Optional.empty());
  }
}
