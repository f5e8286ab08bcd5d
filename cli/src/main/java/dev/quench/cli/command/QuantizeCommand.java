// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.cli.option.AccuracyOptions;
import dev.quench.cli.option.CalibrationOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.NamedNodes;
import dev.quench.cli.option.Preparation;
import dev.quench.cli.output.CheckFailedException;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.SensitivityText;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.UncalibratedStamp;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Quantizes a model to INT8.
@Command(
    name = "quantize",
    header = "Quantizes a model to INT8 with Q/DQ nodes.",
    descriptionHeading = "%n",
    description = {
      "Quantizes a model to INT8: fuses it and puts QuantizeLinear and DequantizeLinear nodes where TensorRT wants them, "
          + "weights per channel, activations per tensor, symmetric.",
      "Ranges come from a calibration table, from a TensorRT text cache, or are found on --data."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = "  quench quantize model.onnx -o model.int8.onnx --table calibration.json")
public final class QuantizeCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Where the quantized model goes.")
  private Path output;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "Calibration table; refused when it was made from another model.")
  private @Nullable Path table;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description =
          "TensorRT text cache; holds no hash, so it needs --trust-cache, or --table to vouch for it.")
  private @Nullable Path cache;

  @Option(names = "--trust-cache", description = "Take the ranges of --cache on your word.")
  private boolean trustCache;

  @Option(
      names = "--exclude",
      paramLabel = "REGEX",
      description = "Leave nodes float whose whole name matches; may be repeated.")
  private List<Pattern> exclude = List.of();

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Mixin private CalibrationOptions calibration;

  @Mixin private AccuracyOptions accuracy;

  @Override
  public void execute() throws IOException {
    if (table == null && cache == null && !data.isGiven()) {
      throw wrongUsage("give ranges: --table, --cache with --trust-cache, or --data");
    }
    if (data.isGiven() && (table != null || cache != null) && !accuracy.needData()) {
      throw wrongUsage("give either --data or a table or cache, not both");
    }
    accuracy.check(this, data.isGiven());
    if (accuracy.equalizes() && (table != null || cache != null)) {
      throw wrongUsage(
          "--equalize changes the ranges: leave --table and --cache away and let them be found on --data");
    }
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    for (Pattern pattern : exclude) {
      NamedNodes.require("--exclude", pattern, file.model());
    }
    Dataset dataset = data.isGiven() ? data.open(file.model(), true, this) : null;
    Preparation prepared = Preparation.forQuantization(file.model(), this);
    accuracy.equalize(file.model(), dataset, this);
    CalibrationTable ranges =
        dataset == null || table != null || cache != null
            ? tableOrCache(file.model(), prepared)
            : calibration.calibrate(file.model(), dataset, this, progress());
    Optional<Sensitivity> sensitivity =
        accuracy.search(file.model(), ranges, options(), dataset, this);
    QdqOptions options =
        sensitivity.map(found -> AccuracyOptions.without(options(), found)).orElse(options());
    Model original = file.model().copy();
    QuantizationReport quantization = new InsertQdq(ranges, options).insert(file.model());
    boolean kept = accuracy.refine(original, file.model(), dataset, this);
    UncalibratedStamp.put(file.model(), ranges);
    OnnxWriter.write(file.model(), output);
    print(quantization, ranges, sensitivity, file);
    if (!kept || !sensitivity.map(Sensitivity::reached).orElse(true)) {
      throw new CheckFailedException(
          "the bound of "
              + accuracy.bound()
              + " does not hold; "
              + output
              + " is written all the same");
    }
  }

  /// A text cache may lack tensors: what needs them stays float then, as TensorRT itself would have
  /// it.
  private QdqOptions options() {
    Set<String> excluded =
        exclude.stream().map(Pattern::pattern).collect(Collectors.toUnmodifiableSet());
    return QdqOptions.DEFAULT.withStrict(cache == null).withExcludedNodes(excluded);
  }

  private CalibrationTable tableOrCache(Model loaded, Preparation prepared) throws IOException {
    CalibrationTable read = table == null ? null : CalibrationTable.read(table);
    if (read != null) {
      read = prepared.ranges(read);
    }
    if (cache == null) {
      return Objects.requireNonNull(read);
    }
    TensorRtCacheReport found = TensorRtCacheReport.read(cache, QdqPlacement.tensors(loaded));
    if (read != null) {
      read.requireCache(TensorRtCache.read(cache));
    } else if (!trustCache) {
      throw new CommandException(
          cache
              + " does not say which model it belongs to; give the --table that was written with it, or --trust-cache");
    }
    note(cache + ": " + found);
    if (found.coverage().present().isEmpty()) {
      throw new CommandException(
          cache + " names no tensor of this model; it belongs to another one");
    }
    return found.trusted();
  }

  private void print(
      QuantizationReport quantization,
      CalibrationTable ranges,
      Optional<Sensitivity> sensitivity,
      ModelFile file)
      throws IOException {
    sensitivity.ifPresent(found -> SensitivityText.lines(found).forEach(this::say));
    long size = ModelFile.writtenBytes(file.model(), output);
    say(
        "%d layers in INT8, %d tensors quantized, %d nodes left float"
            .formatted(
                quantization.layers().size(),
                quantization.activations().size(),
                quantization.leftFloat().size()));
    quantization.leftFloat().forEach(left -> say("  float: " + left.node() + ": " + left.reason()));
    quantization.notes().forEach(remark -> note("note: " + remark));
    OutlierRemarks.of(ranges).forEach(remark -> note("warning: " + remark));
    if (ranges.isUncalibrated()) {
      note(
          "warning: UNCALIBRATED: the ranges were found on random data; use this model for trials only");
    }
    say(
        "%s -> %s: %s%s"
            .formatted(
                Text.bytes(file.sizeBytes()),
                Text.bytes(size),
                output,
                ranges.isUncalibrated() ? " (UNCALIBRATED)" : ""));
    ObjectNode root = Json.object();
    root.put("output", output.toString());
    root.put("sizeBytes", size);
    root.put("uncalibrated", ranges.isUncalibrated());
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
    report(root);
  }
}
