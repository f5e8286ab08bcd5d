// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.TargetConverter;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.DimensionOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.PrecisionOptions;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.export.dimension.DimensionReport;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.onnx.PackedWeights;
import dev.quench.pipeline.export.ExportRecipe;
import dev.quench.pipeline.export.ExportedModel;
import dev.quench.pipeline.export.LoweredModel;
import dev.quench.pipeline.export.LoweringPlan;
import dev.quench.pipeline.export.UnprovenBatchException;
import dev.quench.xnor.plan.XnorPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes a model for a target, having checked that the target takes it.
@VectorKernels
@Command(
    name = "export",
    header = "Writes a model for a target and checks that the target imports it.",
    description = {
      "Writes a model for a target: lowers precision and frees or fixes dimensions where asked, and checks that the target "
          + "can import the result. For tensorrt this needs no GPU: op types, data types, scales, zero points and ranks are "
          + "checked against what that release imports. Every node that it would refuse is named; the exit code is then 3 and "
          + "nothing is written, unless --force."
    },
    footer = {
      "  quench export model.int8.onnx -o model.trt.onnx --target tensorrt \\",
      "      --precision mixed --free batch",
      "  quench export binary.onnx -o binary.packed.onnx --target xnor --packed"
    })
public final class ExportCommand extends QuenchCommand {
  private static final int SHOWN_NAMES = 20;

  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--target",
      paramLabel = "T",
      required = true,
      converter = TargetConverter.class,
      description = "tensorrt (10.15), tensorrt-11, onnxruntime or xnor.")
  private ExportTarget target;

  @Mixin private PrecisionOptions precision;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description =
          "For --precision: a minmax table of calibrate --all-tensors, so that activations beyond the range of FP16 stay FP32.")
  private @Nullable Path table;

  @Mixin private DimensionOptions dimensions;

  @Mixin private DataOptions data;

  @Option(
      names = "--packed",
      description =
          "Store binary weights in 1 bit each and ternary ones in 2; only Quench reads such a file.")
  private boolean packed;

  @Option(
      names = "--force",
      description =
          "Write the model even if the target refuses it, or if nothing proves that its batch can be free.")
  private boolean force;

  @Mixin private FeedableInitializers initializers;

  @Override
  public void execute() throws IOException {
    if (packed && !target.name().equals("xnor")) {
      throw wrongUsage("--packed requires --target xnor; other runtimes do not read it");
    }
    if (!precision.isGiven() && (precision.keepsNodes() || table != null || data.isGiven())) {
      throw wrongUsage("--keep-fp32, --table and --data require --precision");
    }
    if (table != null && data.isGiven()) {
      throw wrongUsage(
          "give the ranges of activations by --table or find them on --data, not both");
    }
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    ExportedModel exported = exported(file.model());
    ObjectNode root = Json.object().put("target", target.name());
    print(exported, root);
    TargetCheck check = new TargetCheck(target, exported.refusals());
    boolean written = check.passes() || force;
    if (written) {
      OnnxWriter.write(exported.model(), output);
    }
    print(exported.model(), check, written, root);
    if (!written) {
      throw check.failure("--force writes it anyway");
    }
  }

  private ExportedModel exported(Model read) throws IOException {
    ExportRecipe recipe =
        ExportRecipe.of(read, target).packed(packed).forced(force).listener(listener());
    if (dimensions.fixes()) {
      recipe.fixing(dimensions.fixing(read, this));
    }
    if (dimensions.frees()) {
      recipe.freeing(dimensions.freeing(this), dimensions.batchSymbols());
    }
    if (precision.isGiven()) {
      recipe.lowering(precision.plan(read, activations(read)));
    }
    try {
      return recipe.run();
    } catch (UnprovenBatchException e) {
      throw new CommandException(e.getMessage() + "; --force writes the model anyway", e);
    }
  }

  private LoweringPlan.Activations activations(Model read) throws IOException {
    if (data.isGiven()) {
      return new LoweringPlan.Activations.On(data.open(read, true, this));
    }
    return table == null
        ? new LoweringPlan.Activations.Unknown()
        : new LoweringPlan.Activations.InTable(table);
  }

  private void print(ExportedModel exported, ObjectNode root) {
    if (exported.dimensions().isPresent()) {
      ArrayNode rewrites = root.putArray("rewrites");
      for (DimensionReport.Rewrite rewrite : exported.dimensions().get().rewrites()) {
        say(rewrite.toString());
        rewrites.add(rewrite.toString());
      }
    }
    if (exported.lowered().isPresent()) {
      LoweredModel lowered = exported.lowered().get();
      ObjectNode node = root.putObject("precision");
      tellUnknown(lowered.withoutRange(), node);
      precision.print(lowered.report(), node, this);
    }
    exported.plan().ifPresent(plan -> describe(plan, root));
    exported.packing().ifPresent(report -> tellPacked(report, root));
  }

  /// Names activations of which nobody knows whether FP16 holds them.
  private void tellUnknown(List<String> names, ObjectNode root) {
    ArrayNode list = root.putArray("withoutRange");
    names.forEach(list::add);
    if (names.isEmpty()) {
      return;
    }
    if (table == null && !data.isGiven()) {
      note(
          "warning: %d activations became FP16 without a known range; values beyond 65,504 become infinite. Give --data, or --table of calibrate --all-tensors"
              .formatted(names.size()));
      return;
    }
    note(
        "warning: %d activations became FP16 without a range in %s: %s%s; values beyond 65,504 become infinite. Calibrate with --all-tensors, or give --data"
            .formatted(
                names.size(),
                table == null ? "the data" : table,
                String.join(", ", names.subList(0, Math.min(SHOWN_NAMES, names.size()))),
                names.size() > SHOWN_NAMES ? ", ..." : ""));
  }

  private void describe(XnorPlan plan, ObjectNode root) {
    say("%d layers on bits, by %s".formatted(plan.binary().size(), plan.kernel()));
    if (!plan.hasBinaryLayers()) {
      note(
          plan.lookups().isEmpty()
              ? "warning: this model has no binary layers; ONNX Runtime runs all of it"
              : "warning: this model has no binary layers, and look-ups are not faster everywhere; without --backend xnor, ONNX Runtime runs all of it");
    }
    ArrayNode layers = root.putArray("binaryLayers");
    for (XnorPlan.BinaryLayer layer : plan.binary()) {
      say("  " + (layer.ternary() ? "ternary: " : "binary: ") + layer.node());
      layers.add(layer.node());
    }
    ArrayNode lookups = root.putArray("lookupLayers");
    for (XnorPlan.LookupLayer layer : plan.lookups()) {
      say(
          "  look-up: %s: %d words, %d pieces of %d channels, %.2f of the operations"
              .formatted(
                  layer.node(), layer.words(), layer.pieces(), layer.length(), layer.operations()));
      lookups.addObject().put("node", layer.node()).put("words", layer.words());
    }
    ArrayNode stays = root.putArray("keptInOnnxRuntime");
    for (XnorPlan.Kept each : plan.kept()) {
      if (each.opType().equals("Conv")
          || each.opType().equals("Gemm")
          || each.opType().equals("MatMul")) {
        say("  in ONNX Runtime: " + each.node() + ": " + each.reason());
      }
      stays.addObject().put("node", each.node()).put("reason", each.reason());
    }
  }

  private void tellPacked(PackedWeights.Report report, ObjectNode root) {
    say(
        "packed %d binary and %d ternary weights: %s -> %s"
            .formatted(
                report.binary(),
                report.ternary(),
                Text.bytes(report.floatBytes()),
                Text.bytes(report.packedBytes())));
    root.putObject("packed")
        .put("binary", report.binary())
        .put("ternary", report.ternary())
        .put("floatBytes", report.floatBytes())
        .put("packedBytes", report.packedBytes());
  }

  private void print(Model exported, TargetCheck check, boolean written, ObjectNode root)
      throws IOException {
    root.put("written", written);
    check.print(root, this);
    if (written) {
      root.put("output", output.toString());
      root.put("sizeBytes", ModelFile.writtenBytes(exported, output));
      say(
          check.passes()
              ? target.name() + " takes it: " + output
              : "written although " + target.name() + " would refuse it: " + output);
    }
    report(root);
  }
}
