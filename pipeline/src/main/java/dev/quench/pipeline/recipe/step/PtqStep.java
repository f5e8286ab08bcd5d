// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.PostTrainingQuantization;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/// Puts quantizers of 2 to 16 bits into a trained float network and finds their ranges, forward
/// only, without training.
record PtqStep() implements StepKind {
  private static final int BATCHES = 20;

  @Override
  public String name() {
    return "ptq";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    List<OptionSpec> own =
        List.of(
            OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
            OptionSpec.whole("batches", 1),
            OptionSpec.whole("batch-size", 1));
    return Stream.of(own, QuantizerChoices.OPTIONS).flatMap(List::stream).toList();
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
  public void check(StepOptions options, Set<String> artifacts) {
    TrainingScheme _ = QuantizerChoices.scheme(options);
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    int batches = context.options().whole("batches").orElse(BATCHES);
    int batchSize =
        context.options().whole("batch-size").orElse(TrainingOptions.QUANTIZED.batchSize());
    Model model = context.input();
    Dataset training =
        context.requireData().open(model, IdxDataset.Split.TRAIN, OptionalInt.empty());
    Dataset chosen =
        training.sample(Math.min(training.size(), (long) batches * batchSize), context.seed());
    QuantizerChoices.prepare(context, model);
    Model calibrated =
        PostTrainingQuantization.calibrate(model, chosen, batches, batchSize, context.threads());
    return new TrainedStep(context)
        .withForm()
        .write(calibrated, Map.of("samples", (double) chosen.size()));
  }
}
