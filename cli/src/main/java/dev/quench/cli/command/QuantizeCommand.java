// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.converter.TargetConverter;
import dev.quench.cli.option.AccuracyOptions;
import dev.quench.cli.option.CalibrationOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.NamedNodes;
import dev.quench.cli.option.PrecisionOptions;
import dev.quench.cli.option.TuningOptions;
import dev.quench.cli.option.WeightOptions;
import dev.quench.cli.output.CoverageText;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.SensitivityText;
import dev.quench.cli.output.Text;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.export.LoweredModel;
import dev.quench.pipeline.export.LoweringPlan;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.pipeline.tune.TuningRecipe;
import dev.quench.pipeline.tune.plan.TuningTarget;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Quantizes a model to INT8.
@Command(
    name = "quantize",
    header = "Quantizes a model to INT8 with Q/DQ nodes.",
    description = {
      "Quantizes a model to INT8: fuses it and inserts QuantizeLinear and DequantizeLinear nodes where TensorRT expects them, "
          + "weights per channel, activations per tensor, symmetric.",
      "Ranges come from a calibration table, from a TensorRT text cache, or are found on --data. With --weights only weights are stored in few bits, which needs no ranges.",
      "With --tune it searches what to quantize, and how, by measuring."
    },
    footer = {
      "  quench quantize model.onnx -o model.int8.onnx --table calibration.json",
      "  quench quantize model.onnx -o model.int8.onnx --cache calibration.cache \\",
      "      --trust-cache --target tensorrt-11 --precision mixed",
      "  quench quantize model.onnx -o model.tuned.onnx --tune --data images:photos --target onnxruntime"
    })
public final class QuantizeCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description =
          "The quantized model to write; an existing folder gets both forms, for TensorRT and ONNX Runtime.")
  private Path output;

  @Mixin private RangeOptions known;

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description =
          "Leave these nodes float: a name with * and ?, regex:EXPRESSION or op:TYPE; may be repeated.")
  private List<String> exclude = List.of();

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Mixin private CalibrationOptions calibration;

  @Mixin private AccuracyOptions accuracy;

  @Mixin private WeightOptions weights;

  @Mixin private PrecisionOptions precision;

  @Mixin private TuningOptions tuning;

  @Mixin private MetricOptions metric;

  @Option(
      names = "--target",
      paramLabel = "T",
      converter = TargetConverter.class,
      description =
          "Write the form that this target runs fast, and only if it takes the model: tensorrt (10.15), tensorrt-11 or onnxruntime. Default: the form for TensorRT, unchecked.")
  private @Nullable ExportTarget target;

  @Override
  public void execute() throws IOException {
    if (known.isGiven() && calibration.isMethodGiven()) {
      throw wrongUsage(
          "--method finds ranges on --data; for a table use 'quench table reestimate --method'");
    }
    tuning.check(this);
    if (tuning.isGiven()) {
      tune();
      return;
    }
    weights.check(
        this,
        target == null ? "" : target.name(),
        known.isGiven() || data.isGiven() || accuracy.needsData() || calibration.isMethodGiven());
    if (!known.isGiven() && !data.isGiven() && !weights.isGiven()) {
      throw wrongUsage("give ranges: --table, --cache with --trust-cache, or --data");
    }
    if (data.isGiven() && known.isGiven() && !accuracy.needsData()) {
      throw wrongUsage("give either --data or a table or cache, not both");
    }
    accuracy.check(this, data.isGiven());
    if (accuracy.changesRanges() && known.isGiven()) {
      throw wrongUsage(
          "--equalize and --smooth change the ranges: omit --table and --cache, and give --data");
    }
    if (precision.keepsNodes() && !precision.isGiven()) {
      throw wrongUsage("--keep-fp32 requires --precision");
    }
    boolean bothForms = Files.isDirectory(output);
    if (bothForms && weights.isGiven()) {
      throw wrongUsage("--weights writes one form: give a file as --output");
    }
    if (bothForms && (target != null || precision.isGiven() || accuracy.needsData())) {
      throw wrongUsage(
          "a folder as --output gets both forms; --target, --precision and bounds need a single file");
    }
    if (bothForms && known.isGiven() && known.source() instanceof RangeSource.Cache) {
      throw wrongUsage(
          "a folder as --output gets both forms, and --cache lacks the outputs of layers that ONNX Runtime's needs; give --table or --data");
    }
    ModelFile file;
    if (bothForms) {
      file = initializers.read(model, this);
      Path first = inFolder(file, QuantizedForm.TENSORRT);
      Path second = inFolder(file, QuantizedForm.ONNX_RUNTIME);
      checkOutputs(first, OnnxWriter.dataFile(first), second, OnnxWriter.dataFile(second));
    } else {
      checkOutputs(output, OnnxWriter.dataFile(output));
      file = initializers.read(model, this);
    }
    for (String pattern : exclude) {
      NamedNodes.require("--exclude", pattern, file.model());
    }
    Dataset dataset = data.isGiven() ? data.open(file.model(), true, this) : null;
    if (!bothForms) {
      QuantizedForm form = form(target == null ? "" : target.name());
      ObjectNode root = Json.object();
      write(file, form, source(dataset), dataset, output, root);
      report(root);
      return;
    }
    ObjectNode all = Json.object();
    ArrayNode outputs = all.putArray("outputs");
    Model read = file.model().copy();
    CalibrationTable ranges =
        write(
                file,
                QuantizedForm.TENSORRT,
                source(dataset),
                dataset,
                inFolder(file, QuantizedForm.TENSORRT),
                outputs.addObject())
            .orElseThrow();
    write(
        new ModelFile(file.path(), read, file.sizeBytes()),
        QuantizedForm.ONNX_RUNTIME,
        new RangeSource.Known(ranges),
        null,
        inFolder(file, QuantizedForm.ONNX_RUNTIME),
        outputs.addObject());
    report(all);
  }

  private void tune() throws IOException {
    if (!data.isGiven()) {
      throw wrongUsage(
          "--tune judges models on data: give --data; with --table the ranges come from there");
    }
    if (known.mayLackTensors()) {
      throw wrongUsage(
          "--tune takes ranges from --table or finds them on --data, not from --cache");
    }
    if (accuracy.changesNumbers()
        || weights.isGiven()
        || precision.isGiven()
        || precision.keepsNodes()) {
      throw wrongUsage(
          "--tune cannot be combined with --equalize, --smooth, --adaptive-rounding, --bias-correction, --weights or --precision");
    }
    if (Files.isDirectory(output)) {
      throw wrongUsage("--tune writes one file for one target: give a file as --output");
    }
    accuracy.check(this, true);
    metric.check(this);
    checkOutputs(output, OnnxWriter.dataFile(output), tuning.state(output), tuning.page(output));
    TuningTarget searched = tuning.target(target);
    ModelFile file = initializers.read(model, this);
    for (String pattern : exclude) {
      NamedNodes.require("--exclude", pattern, file.model());
    }
    Dataset dataset = data.open(file.model(), true, this);
    TuningRecipe recipe =
        TuningRecipe.of(file.model(), dataset)
            .target(searched)
            .settings(calibration.settings(this))
            .excluding(NodeSelection.of(exclude))
            .listener(listener());
    if (known.isGiven() && known.source() instanceof RangeSource.Table(Path table)) {
      recipe.ranges(CalibrationTable.read(table));
    }
    new TunedQuantization(this, tuning, file, output, target)
        .run(
            recipe,
            accuracy.policy().bound(),
            data.atMost(
                dataset,
                Math.max(
                    tuning.samples(), ModelInputs.of(file.model()).batchSize(dataset.axes(), 1))),
            LabelMetric.of(metric, file, dataset, this));
  }

  /// Quantizes and writes one form.
  ///
  /// @return the ranges that it was quantized with, if it needed some
  private Optional<CalibrationTable> write(
      ModelFile file,
      QuantizedForm form,
      RangeSource source,
      @Nullable Dataset dataset,
      Path written,
      ObjectNode root)
      throws IOException {
    QuantizedModel quantized = quantized(file.model(), form, source, dataset);
    if (precision.isGiven()) {
      LoweringPlan plan = precision.plan(file.model(), new LoweringPlan.Activations.Unknown());
      precision.print(
          LoweredModel.lower(file.model(), plan, progress()).report(),
          root.putObject("precision"),
          this);
    }
    TargetCheck check = target == null ? null : TargetCheck.of(target, file.model(), this);
    if (check != null && !check.passes()) {
      check.print(root, this);
      report(root);
      throw check.failure("omit --target to write it anyway");
    }
    OnnxWriter.write(file.model(), written);
    print(quantized, file, written, root);
    if (!quantized.boundHolds()) {
      report(root);
      throw new CheckFailedException(
          "the bound of "
              + accuracy.policy().bound()
              + " does not hold; "
              + written
              + " is written anyway");
    }
    return quantized.ranges();
  }

  private QuantizedForm form(String targetName) {
    if (weights.isGiven()) {
      return weights.form(targetName);
    }
    return targetName.equals(QuantizedForm.ONNX_RUNTIME.target())
        ? QuantizedForm.ONNX_RUNTIME
        : QuantizedForm.TENSORRT;
  }

  private Path inFolder(ModelFile file, QuantizedForm form) {
    return output.resolve("%s.int8.%s.onnx".formatted(file.name(), form.target()));
  }

  private RangeSource source(@Nullable Dataset dataset) {
    if (weights.isGiven()) {
      return new RangeSource.None();
    }
    return dataset == null || known.isGiven()
        ? known.source()
        : new RangeSource.Data(dataset, calibration.settings(this));
  }

  private QuantizedModel quantized(
      Model read, QuantizedForm form, RangeSource source, @Nullable Dataset dataset)
      throws IOException {
    QuantizationRecipe recipe =
        QuantizationRecipe.of(read, source).form(form.excluding(exclude)).listener(listener());
    if (dataset != null) {
      recipe.keeping(accuracy.policy(), dataset);
    }
    return recipe.run();
  }

  private void print(QuantizedModel quantized, ModelFile file, Path written, ObjectNode root)
      throws IOException {
    QuantizationReport quantization = quantized.report();
    Optional<CalibrationTable> ranges = quantized.ranges();
    boolean uncalibrated = ranges.filter(CalibrationTable::isUncalibrated).isPresent();
    Optional<Sensitivity> sensitivity = quantized.sensitivity();
    sensitivity.ifPresent(found -> SensitivityText.lines(found).forEach(this::say));
    long size = ModelFile.writtenBytes(file.model(), written);
    say(
        "%d layers %s, %d nodes left float"
            .formatted(
                quantization.layers().size(),
                weights.isGiven()
                    ? "with weights in " + weights.label()
                    : "in INT8, %d tensors quantized".formatted(quantization.activations().size()),
                quantization.leftFloat().size()));
    quantization.leftFloat().forEach(left -> say("  float: " + left.node() + ": " + left.reason()));
    quantization.notes().forEach(remark -> note("note: " + remark));
    ranges.stream()
        .flatMap(table -> OutlierRemarks.of(table).stream())
        .forEach(remark -> note("warning: " + remark));
    if (uncalibrated) {
      note(
          "warning: UNCALIBRATED: the ranges were found on random data; use this model for trials only");
    }
    say(
        "%s -> %s: %s%s"
            .formatted(
                Text.bytes(file.sizeBytes()),
                Text.bytes(size),
                written,
                uncalibrated ? " (UNCALIBRATED)" : ""));
    if (target != null) {
      say(target.name() + " takes it");
      root.put("target", target.name());
    }
    quantized.cache().ifPresent(report -> CoverageText.fill(root, report));
    root.put("output", written.toString());
    root.put("sizeBytes", size);
    root.put("uncalibrated", uncalibrated);
    ArrayNode layers = root.putArray("layers");
    quantization.layers().forEach(layers::add);
    ArrayNode activations = root.putArray("activations");
    quantization
        .activations()
        .forEach(activation ->
            activations
                .addObject()
                .put("tensor", activation.tensor())
                .put("scale", activation.scale()));
    ArrayNode left = root.putArray("leftFloat");
    quantization
        .leftFloat()
        .forEach(node -> left.addObject().put("node", node.node()).put("reason", node.reason()));
    ArrayNode notes = root.putArray("notes");
    quantization.notes().forEach(notes::add);
    sensitivity.ifPresent(found -> SensitivityText.fill(root.putArray("sensitivity"), found));
  }
}
