// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.train.CheckpointedTraining;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The end of every step that trains: train, going on from the checkpoint of an interrupted
/// attempt, lower to plain ONNX, write.
final class TrainedStep {
  private TrainedStep() {}

  static StepOutcome train(
      StepContext context, Model model, Dataset training, TrainingOptions options)
      throws IOException {
    TrainingResult result =
        new CheckpointedTraining(
                options,
                Optional.of(context.folder().resolve("train.checkpoint")),
                context.listener())
            .run(model, training);
    TrainedModel.lower(result.model());
    OnnxWriter.write(result.model(), context.model());
    EpochReport last = result.epochs().getLast();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("epochs", (double) result.epochs().size());
    figures.put("loss", last.loss());
    figures.put("trainingAccuracy", last.trainingAccuracy());
    last.validationAccuracy().ifPresent(held -> figures.put("validationAccuracy", held));
    return StepOutcome.model(context.model(), figures);
  }
}
