// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.quantize.Levels;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Method;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.TrainingForm;
import java.util.List;
import java.util.Locale;

/// The options of steps that put quantizers of 2 to 16 bits into a float network; they mean what
/// those of `quench train` mean.
final class QuantizerChoices {
  private static final int BITS = 8;

  static final List<OptionSpec> OPTIONS =
      List.of(
          new OptionSpec(
              "weights", new OptionSpec.Value.Whole(Levels.FEWEST_BITS, Levels.MOST_BITS)),
          new OptionSpec(
              "activations", new OptionSpec.Value.Whole(Levels.FEWEST_BITS, Levels.MOST_BITS)),
          OptionSpec.word("normalization", "separate", "fused", "calibrated"),
          OptionSpec.word("observer", "min-max", "moving-average", "percentile", "histogram"),
          OptionSpec.flag("asymmetric"),
          OptionSpec.flag("per-tensor"),
          OptionSpec.word("for", "tensorrt", "onnxruntime"));

  static final OptionSpec SCHEME = OptionSpec.word("scheme", "iao", "dorefa", "lsq", "pact");

  private QuantizerChoices() {}

  /// @throws IllegalArgumentException if the options do not go together
  static TrainingScheme scheme(StepOptions options) {
    int weights = options.whole("weights").orElse(BITS);
    int activations = options.whole("activations").orElse(BITS);
    TrainingScheme scheme =
        switch (Method.valueOf(constant(options, SCHEME.name(), "iao"))) {
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

  /// Brings the model into its training form and says what stays float.
  ///
  /// @param model edited
  static void prepare(StepContext context, Model model) {
    TrainingScheme scheme = scheme(context.options());
    boolean foldsBefore =
        scheme.normalization() == Normalization.SEPARATE && scheme.method() != Method.DOREFA;
    PreparationReport report =
        TrainingForm.prepare(model, QuantizedTraining.of(scheme), foldsBefore);
    report
        .leftFloat()
        .forEach(left -> context.listener().note(left.node() + " stays float: " + left.reason()));
  }
}
