// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.train.CheckpointedTraining;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The end of every step that trains: train, going on from the checkpoint of an interrupted
/// attempt, lower to plain ONNX, write.
final class TrainedStep {
  private final StepContext context;
  private boolean keepsForm;
  private UnaryOperator<Trainer> preparation = UnaryOperator.identity();

  TrainedStep(StepContext context) {
    this.context = context;
  }

  /// Also writes the model as it trains, before it is lowered.
  TrainedStep withForm() {
    keepsForm = true;
    return this;
  }

  /// Gives the trainer what it needs besides, such as a teacher.
  TrainedStep prepared(UnaryOperator<Trainer> chosen) {
    preparation = chosen;
    return this;
  }

  StepOutcome train(Model model, Dataset training, TrainingOptions options) throws IOException {
    TrainingResult result =
        new CheckpointedTraining(
                options,
                Optional.of(context.folder().resolve("train.checkpoint")),
                context.listener())
            .prepared(preparation)
            .run(model, training);
    EpochReport last = result.epochs().getLast();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("epochs", (double) result.epochs().size());
    figures.put("loss", last.loss());
    figures.put("trainingAccuracy", last.trainingAccuracy());
    last.validationAccuracy().ifPresent(held -> figures.put("validationAccuracy", held));
    return write(result.model(), figures);
  }

  /// @param model edited
  StepOutcome write(Model model, Map<String, Double> figures) throws IOException {
    Map<String, Path> files = new LinkedHashMap<>();
    files.put(StepKind.MODEL, context.model());
    if (keepsForm) {
      Path form = context.folder().resolve("form.onnx");
      OnnxWriter.write(model, form);
      files.put(StepKind.FORM, form);
    }
    TrainedModel.lower(model);
    OnnxWriter.write(model, context.model());
    return new StepOutcome(files, figures, Optional.empty());
  }
}
