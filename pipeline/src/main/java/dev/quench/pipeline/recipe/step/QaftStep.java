// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.quantize.FreezeQuantization;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Fine-tunes a network in the training form that `ptq` or `qat` gave, with frozen ranges and
/// statistics.
record QaftStep() implements StepKind {
  private static final TrainingOptions USUAL =
      TrainingOptions.QUANTIZED.withOptimizer(Optimizer.sgd(1e-5));

  @Override
  public String name() {
    return "qaft";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return Stream.concat(
            Stream.of(OptionSpec.artifact(FORM, FORM, Absent.PREVIOUS)),
            TrainingChoices.OPTIONS.stream())
        .toList();
  }

  @Override
  public Set<String> gives() {
    return Set.of(MODEL, FORM);
  }

  @Override
  public boolean readsData(StepOptions options) {
    return true;
  }

  @Override
  public String resolved(StepOptions options) {
    return TrainingChoices.resolved(options, true);
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = OnnxReader.read(context.file(FORM));
    Dataset training =
        context
            .requireData()
            .open(model, IdxDataset.Split.TRAIN, context.options().whole("samples"));
    try {
      new FreezeQuantization().apply(model);
    } catch (IllegalArgumentException e) {
      throw new PipelineException(
          "qaft goes on from the form of ptq or qat, or a file with one: " + e.getMessage(), e);
    }
    return new TrainedStep(context)
        .withForm()
        .train(model, training, TrainingChoices.of(context, USUAL, true));
  }
}
