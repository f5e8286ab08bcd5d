// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.cli.option.CalibrationOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.int8.FormPreference;
import dev.quench.pipeline.int8.FormTrial;
import dev.quench.pipeline.int8.Int8Files;
import dev.quench.pipeline.int8.Int8Recipe;
import dev.quench.pipeline.int8.Int8Result;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes a model to INT8 for each runtime.
@VectorKernels
@Command(
    name = "int8",
    header = "Takes a model to INT8 for TensorRT and ONNX Runtime, and compares.",
    description = {
      "The whole way in one command: prepare, calibrate once, quantize in the form that each runtime runs fast, compare with FP32, report.",
      "For ONNX Runtime it tries several forms, of transformers with smoothed activations too, measures each in turn with FP32 on samples held back from calibration, and keeps the fastest that holds --min-cosine and --max-drop; where none is at least 2 %% faster, it keeps FP32 and says why."
    },
    footer = "  quench int8 model.onnx --data images:photos --preprocess imagenet -o out")
public final class Int8Command extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Folder for all files, created if missing.")
  private Path output;

  @Option(
      names = "--min-cosine",
      paramLabel = "COSINE",
      description =
          "Least cosine to FP32 that a form for ONNX Runtime must keep in every output, on the samples held back; default 0.9.")
  private double minCosine = LossBound.USUAL.minCosine();

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "With labels: the most points of the metric's first score that it may lose there; default 1.")
  private double maxDrop = 100 * LossBound.USUAL.maxDrop();

  @Option(
      names = "--require-faster",
      description = "Exit with 3 when no form pays on ONNX Runtime.")
  private boolean requireFaster;

  @Option(
      names = "--prefer",
      paramLabel = "WHAT",
      description =
          "For ONNX Runtime: speed, the default; decoding, which tries weights alone in 4 and 8 bits too, for data of one token; size, which takes the smallest of all these within the bounds, even if slower than FP32.")
  private FormPreference preference = FormPreference.SPEED;

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Mixin private CalibrationOptions calibration;

  @Mixin private MetricOptions metric;

  @Override
  public void execute() throws IOException {
    metric.check(this);
    if (!(minCosine >= -1 && minCosine <= 1)) {
      throw wrongUsage("--min-cosine must lie between -1 and 1, got " + minCosine);
    }
    if (!(maxDrop >= 0 && maxDrop <= 100)) {
      throw wrongUsage("--max-drop must be from 0 to 100 points, got " + maxDrop);
    }
    if (requireFaster && preference == FormPreference.SIZE) {
      throw wrongUsage("--require-faster excludes --prefer size, which takes slower forms too");
    }
    OutputFile.prepareFolder(output);
    ModelFile file = initializers.read(model, this);
    Int8Files files = new Int8Files(output, file.name());
    checkOutputs(files.all());
    Dataset dataset = data.open(file.model(), true, this);
    Int8Recipe recipe =
        Int8Recipe.of(file.model(), dataset, files)
            .bound(new LossBound(minCosine, maxDrop / 100))
            .prefer(preference)
            .listener(listener());
    if (calibration.isMethodGiven()) {
      recipe.settings(calibration.settings(this));
    } else {
      recipe.settingsButMethod(calibration.settings(this));
    }
    LabelMetric.of(metric, file, dataset, this).ifPresent(recipe::metric);
    Int8Result result = recipe.run();
    print(result);
    if (requireFaster && result.onnxRuntime().best().isEmpty()) {
      throw new CheckFailedException(
          "no form pays on onnxruntime: " + result.onnxRuntime().whyFloat());
    }
  }

  private void print(Int8Result result) {
    OutlierRemarks.of(result.calibration().table()).forEach(remark -> note("warning: " + remark));
    if (result.calibration().table().isUncalibrated()) {
      note(
          "warning: UNCALIBRATED: the ranges were found on random data; use these models for trials only");
    }
    say("");
    say(result.report().toTable());
    ObjectNode root = Json.object();
    ObjectNode tensorRt = root.putObject("tensorrt");
    tensorRt
        .put("output", result.files().int8(QuantizedForm.TENSORRT).toString())
        .put("layers", result.tensorRt().report().layers().size());
    fill(root.putObject("onnxruntime"), result);
    root.set("report", Json.parse(result.report().toJson()));
    report(root);
  }

  private static void fill(ObjectNode node, Int8Result result) {
    Optional<FormTrial.Measured> kept = result.onnxRuntime().kept();
    node.put(
        "output",
        kept.map(_ -> result.files().int8(QuantizedForm.ONNX_RUNTIME).toString()).orElse(null));
    node.put("form", kept.map(each -> each.form().toString()).orElse("FP32"));
    if (result.onnxRuntime().best().isEmpty()) {
      node.put("reason", result.onnxRuntime().whyFloat());
    }
    ArrayNode trials = node.putArray("trials");
    for (FormTrial trial : result.onnxRuntime().trials()) {
      ObjectNode each = trials.addObject().put("form", trial.form().toString());
      switch (trial) {
        case FormTrial.Measured measured ->
            each.put("medianMillis", measured.millis())
                .put("floatMedianMillis", measured.floatMillis())
                .put("worstCosine", measured.worstCosine())
                .put("weightBytes", measured.weightBytes())
                .put("drop", measured.drop().isPresent() ? measured.drop().getAsDouble() : null)
                .put("layers", measured.report().layers().size());
        case FormTrial.Left left -> each.put("reason", left.reason());
      }
    }
  }
}
