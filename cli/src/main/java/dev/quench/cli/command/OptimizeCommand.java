// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OpCounts;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.compress.fuse.FlushDenormals;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.PreparedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Fuses and cleans up a model.
@Command(
    name = "optimize",
    header = "Fuses and cleans up a model.",
    description = {
      "Fuses and cleans up a model: folds constants, BatchNormalization and scale-shift pairs into the layers before them, "
          + "MatMul with Add into Gemm, and removes no-ops and duplicates.",
      "What the model computes stays the same, up to rounding."
    },
    footer = "  quench optimize model.onnx -o model.fused.onnx")
public final class OptimizeCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The optimized model to write.")
  private Path output;

  @Option(
      names = "--merge-sibling-convs",
      description = "Also merge convolutions that read the same input into one.")
  private boolean mergeSiblings;

  @Option(
      names = "--equalize",
      description =
          "Also balance the channels between layers by their weights, so that one INT8 scale fits all of them; calibrate the result.")
  private boolean equalize;

  @Mixin private FeedableInitializers initializers;

  @Option(
      names = "--flush-denormals",
      description =
          "Also set denormal weights (below 1.2e-38) to zero; they slow a processor down many times.")
  private boolean flushDenormals;

  @Override
  public void execute() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    Map<String, Integer> before = OpCounts.of(file.model());
    Map<String, Integer> rounds =
        new LinkedHashMap<>(PreparedModel.fuse(file.model(), mergeSiblings));
    if (equalize) {
      rounds.putAll(new RewritePipeline(List.of(new EqualizeCrossLayers())).apply(file.model()));
    }
    FlushDenormals.Count denormals = FlushDenormals.count(file.model());
    if (flushDenormals && new FlushDenormals().apply(file.model()).denormal() > 0) {
      rounds.put("flush-denormals", 1);
    }
    Map<String, Integer> after = OpCounts.of(file.model());
    OnnxWriter.write(file.model(), output);
    long bytes = ModelFile.writtenBytes(file.model(), output);

    if (rounds.isEmpty()) {
      say("nothing to do");
    }
    rounds.forEach((pass, count) -> say(pass + ": changed the model" + times(count)));
    if (flushDenormals) {
      say("  %s; they are zero now".formatted(denormals));
    } else {
      file.tellDenormals(this);
    }
    TreeSet<String> ops = new TreeSet<>(before.keySet());
    ops.addAll(after.keySet());
    for (String op : ops) {
      int from = before.getOrDefault(op, 0);
      int to = after.getOrDefault(op, 0);
      if (from != to) {
        say("  " + op + " " + from + " -> " + to);
      }
    }
    say(
        "%d -> %d nodes, %s -> %s: %s"
            .formatted(
                sum(before), sum(after), Text.bytes(file.sizeBytes()), Text.bytes(bytes), output));
    ObjectNode root = json(before, after, rounds, bytes);
    root.put("denormalWeights", denormals.denormal()).put("flushed", flushDenormals);
    report(root);
  }

  private ObjectNode json(
      Map<String, Integer> before,
      Map<String, Integer> after,
      Map<String, Integer> rounds,
      long bytes) {
    ObjectNode root = Json.object();
    root.put("output", output.toString());
    root.put("nodesBefore", sum(before)).put("nodes", sum(after)).put("sizeBytes", bytes);
    ObjectNode passes = root.putObject("passes");
    rounds.forEach(passes::put);
    ObjectNode opsBefore = root.putObject("opsBefore");
    before.forEach(opsBefore::put);
    ObjectNode ops = root.putObject("ops");
    after.forEach(ops::put);
    return root;
  }

  private static String times(int rounds) {
    return rounds == 1 ? "" : " in " + rounds + " rounds";
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
