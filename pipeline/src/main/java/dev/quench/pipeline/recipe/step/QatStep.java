// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.binary.FloatLayer;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Puts quantizers of 2 to 16 bits into a trained float network and trains with them.
record QatStep() implements StepKind {
  @Override
  public String name() {
    return "qat";
  }

  @Override
  public int edition() {
    return 2;
  }

  @Override
  public List<OptionSpec> options() {
    List<OptionSpec> own =
        List.of(
            OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
            QuantizerChoices.SCHEME);
    return Stream.of(own, QuantizerChoices.OPTIONS, TrainingChoices.OPTIONS)
        .flatMap(List::stream)
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
  public void check(StepOptions options, Set<String> artifacts) {
    var _ = QuantizerChoices.scheme(options);
  }

  @Override
  public String resolved(StepOptions options) {
    return TrainingChoices.resolved(options, true);
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = context.input();
    Dataset training =
        context
            .requireData()
            .open(model, IdxDataset.Split.TRAIN, context.options().whole("samples"));
    FloatLayer.fromBits(model, _ -> true)
        .forEach(layer ->
            context
                .listener()
                .note(
                    layer.widening() + "; step train with weights: 1 or 1.5 trains such weights"));
    QuantizerChoices.prepare(context, model);
    return new TrainedStep(context)
        .withForm()
        .train(model, training, TrainingChoices.of(context, TrainingOptions.QUANTIZED, true));
  }
}
