// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.quantize.Levels;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Method;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.TrainingForm;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// Puts quantizers of 2 to 16 bits into a trained float network and trains with them.
record QatStep() implements StepKind {
  private static final int BITS = 8;
  private static final List<OptionSpec> OWN =
      List.of(
          OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
          new OptionSpec(
              "weights", new OptionSpec.Value.Whole(Levels.FEWEST_BITS, Levels.MOST_BITS)),
          new OptionSpec(
              "activations", new OptionSpec.Value.Whole(Levels.FEWEST_BITS, Levels.MOST_BITS)),
          OptionSpec.word("scheme", "iao", "dorefa", "lsq", "pact"),
          OptionSpec.word("normalization", "separate", "fused", "calibrated"),
          OptionSpec.word("observer", "min-max", "moving-average", "percentile", "histogram"),
          OptionSpec.flag("asymmetric"),
          OptionSpec.flag("per-tensor"),
          OptionSpec.word("for", "tensorrt", "onnxruntime"));

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
    return Stream.of(OWN, TrainingChoices.OPTIONS).flatMap(List::stream).toList();
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
  public void check(StepOptions options, Set<String> artifacts) {
    var _ = scheme(options);
  }

  /// @throws IllegalArgumentException if the options do not go together
  private static TrainingScheme scheme(StepOptions options) {
    int weights = options.whole("weights").orElse(BITS);
    int activations = options.whole("activations").orElse(BITS);
    Method method = Method.valueOf(constant(options, "scheme", "iao"));
    TrainingScheme scheme =
        switch (method) {
          case IAO -> TrainingScheme.iao(weights, activations);
          case DOREFA -> TrainingScheme.dorefa(weights, activations);
          case LSQ -> TrainingScheme.lsq(weights, activations);
          case PACT -> TrainingScheme.pact(weights, activations);
        };
    return scheme
        .withSymmetric(!options.isSet("asymmetric"))
        .withPerChannel(!options.isSet("per-tensor"))
        .withObserver(Observer.valueOf(constant(options, "observer", "moving-average")))
        .withNormalization(Normalization.valueOf(constant(options, "normalization", "separate")))
        .withTensorRt(options.text("for").orElse("").equals("tensorrt"));
  }

  private static String constant(StepOptions options, String name, String otherwise) {
    return options.text(name).orElse(otherwise).toUpperCase(Locale.ROOT).replace('-', '_');
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Model model = context.input();
    Dataset training =
        context
            .requireData()
            .open(model, IdxDataset.Split.TRAIN, context.options().whole("samples"));
    TrainingScheme scheme = scheme(context.options());
    boolean foldsBefore =
        scheme.normalization() == Normalization.SEPARATE && scheme.method() != Method.DOREFA;
    PreparationReport report =
        TrainingForm.prepare(model, QuantizedTraining.of(scheme), foldsBefore);
    report
        .leftFloat()
        .forEach(left -> context.listener().note(left.node() + " stays float: " + left.reason()));
    return TrainedStep.train(
        context, model, training, TrainingChoices.of(context, TrainingOptions.QUANTIZED));
  }
}
