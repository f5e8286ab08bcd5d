// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.train.QuantizationAwareTraining;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Fuses a trained float network, calibrates it on some training samples, inserts Q/DQ and trains
/// with them.
record QatStep() implements StepKind {
  private static final int CALIBRATION_SAMPLES = 512;

  @Override
  public String name() {
    return "qat";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return Stream.concat(
            Stream.of(
                OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
                OptionSpec.whole("calibration-samples", 1)),
            TrainingChoices.OPTIONS.stream())
        .toList();
  }

  @Override
  public Set<String> gives() {
    return Set.of(MODEL);
  }

  @Override
  public boolean readsData() {
    return true;
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = context.input();
    Dataset training =
        context
            .requireData()
            .open(model, IdxDataset.Split.TRAIN, context.options().whole("samples"));
    int samples = context.options().whole("calibration-samples").orElse(CALIBRATION_SAMPLES);
    CalibrationTable ranges =
        CalibrationRecipe.of(PreparedModel.of(model), training.sample(samples, context.seed()))
            .listener(context.listener())
            .run()
            .table();
    QuantizationAwareTraining.prepare(model, ranges, QdqOptions.DEFAULT);
    return TrainedStep.train(
        context, model, training, TrainingChoices.of(context, TrainingOptions.QUANTIZED));
  }
}
