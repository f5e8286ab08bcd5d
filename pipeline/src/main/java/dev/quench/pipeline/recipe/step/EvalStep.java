// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.metric.classification.TopK;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.report.MetricScore;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Classifies the test samples and holds top-1 against bounds.
record EvalStep() implements StepKind {
  private static final int BATCH = 64;
  private static final double PERCENT = 100;

  /// What the subtraction of two fractions may add to a drop that equals the bound.
  private static final double ROUNDING = 1e-9;

  @Override
  public String name() {
    return "eval";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.artifact("against", MODEL, Absent.NOTHING),
        OptionSpec.word(
            "backend", Backends.all().stream().map(Backend::name).toArray(String[]::new)),
        OptionSpec.whole("samples", 1),
        OptionSpec.number("min-top1", 0, PERCENT),
        OptionSpec.number("max-drop", -PERCENT, PERCENT));
  }

  @Override
  public Set<String> gives() {
    return Set.of("report");
  }

  @Override
  public boolean readsData(StepOptions options) {
    return true;
  }

  @Override
  public void check(StepOptions options, Set<String> artifacts) {
    if (options.number("max-drop").isPresent() && !artifacts.contains("against")) {
      throw new IllegalArgumentException(
          "max-drop needs against: and the name of the step whose model is the reference");
    }
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    Map<String, Double> figures = new LinkedHashMap<>();
    double top1 = score(context, StepContext.INPUT);
    figures.put("top1", top1);
    StringBuilder failure = new StringBuilder();
    OptionalDouble least = context.options().number("min-top1");
    if (least.isPresent() && !(top1 >= least.getAsDouble())) {
      failure.append(
          "top-1 is %s %%, below min-top1 %s".formatted(percent(top1), least.getAsDouble()));
    }
    if (context.artifacts().containsKey("against")) {
      double reference = score(context, "against");
      figures.put("referenceTop1", reference);
      figures.put("drop", reference - top1);
      OptionalDouble most = context.options().number("max-drop");
      if (most.isPresent() && !(reference - top1 <= most.getAsDouble() + ROUNDING)) {
        failure
            .append(failure.isEmpty() ? "" : "; ")
            .append(
                "loses %s points of top-1, more than max-drop %s"
                    .formatted(percent(reference - top1), most.getAsDouble()));
      }
    }
    Path report = context.folder().resolve("report.json");
    AtomicFile.writeString(report, json(figures));
    return new StepOutcome(
        Map.of("report", report),
        figures,
        failure.isEmpty() ? Optional.empty() : Optional.of(failure.toString()));
  }

  private static double score(StepContext context, String option) throws IOException {
    Model model = OnnxReader.read(context.file(option));
    Dataset test =
        context
            .requireData()
            .open(model, IdxDataset.Split.TEST, context.options().whole("samples"));
    Backend backend =
        context
            .options()
            .text("backend")
            .map(Backends::named)
            .orElseGet(() -> Backends.named("onnxruntime"));
    ModelInputs inputs = ModelInputs.of(model);
    int batch = inputs.batchSize(test.axes(), BATCH);
    return PERCENT
        * new MetricScore(backend, inputs.wholeBatches(test), batch, new TopK(List.of(1)))
            .of(model);
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String json(Map<String, Double> figures) {
    var root = new JsonMapper().createObjectNode();
    figures.forEach(root::put);
    return root.toPrettyString() + "\n";
  }
}
