// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.factor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.ShareConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.GainJson;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.compress.factor.FactorMethod;
import dev.quench.compress.factor.Factorization;
import dev.quench.compress.factor.FactorizationReport.Layer;
import dev.quench.compress.factor.FactorizationReport.Split;
import dev.quench.compress.factor.FactorizationReport.Whole;
import dev.quench.compress.factor.RankRule;
import dev.quench.compress.factor.product.ProductQuantizedModel;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.io.AtomicFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.factor.FactorizationPage;
import dev.quench.pipeline.factor.FactorizationRecipe;
import dev.quench.pipeline.factor.FactorizationResult;
import dev.quench.pipeline.factor.ProductQuantizationRecipe;
import dev.quench.report.Environment;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Splits layers into thinner ones of low rank.
@VectorKernels
@Command(
    name = "factor",
    header = "Splits layers into thinner ones, or stores their weights as words and codes.",
    description = {
      "Splits convolutions and products with constant weights into two or three thinner ones, each where that is measured faster than the layer, and only there.",
      "Accuracy falls: fine-tune afterwards (quench train --model). Exit code 3 if nothing gets faster; then nothing is written.",
      "With --product the file becomes small instead: product quantization, its errors corrected on --data."
    },
    footer = {
      "  quench factor model.onnx -o model.thin.onnx --energy 0.9",
      "  quench factor model.onnx -o model.thin.onnx --macs 0.5 --method spatial",
      "  quench factor model.onnx -o model.small.onnx --product --data idx:fashion"
    })
public final class FactorCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page: cost before and after, the gain as counted and measured, each split, what stays whole and why.")
  private @Nullable Path page;

  @Mixin private FeedableInitializers initializers;

  @Mixin private ProductOptions product;

  @Mixin private DataOptions data;

  @Option(
      names = "--method",
      paramLabel = "M",
      split = ",",
      description =
          "spatial (a column, then a row), channel (fewer channels, then a 1x1; for products too) or tucker (1x1, a small core, 1x1); several with commas. Default: for each layer whichever is fastest.")
  private Set<FactorMethod> methods = EnumSet.allOf(FactorMethod.class);

  @Option(
      names = "--energy",
      paramLabel = "SHARE",
      converter = ShareConverter.class,
      description =
          "Share of the squares of the weights that each split keeps; default 0.9, unless --macs is given.")
  private @Nullable Double energy;

  @Option(
      names = "--macs",
      paramLabel = "SHARE",
      converter = ShareConverter.class,
      description = "Instead of --energy: share of each layer's MACs that is left.")
  private @Nullable Double macs;

  @Option(
      names = "--align",
      paramLabel = "N",
      defaultValue = "8",
      description = "Ranks are multiples of N; default ${DEFAULT-VALUE}.")
  private int align;

  @Option(
      names = "--exclude",
      paramLabel = "NODE",
      description = "Leave layers whole, by name with * and ?, regex:EXPRESSION or op:TYPE.")
  private List<String> excluded = List.of();

  @Option(
      names = "--backend",
      paramLabel = "B",
      defaultValue = "onnxruntime",
      description = "Where it must be faster; default ${DEFAULT-VALUE}.")
  private String backend;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description =
          "Shape of an input with free dimensions, to measure with; default: small sizes.")
  private Map<String, Shape> shapes = Map.of();

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "1",
      description = "Samples of one call that is measured; default ${DEFAULT-VALUE}.")
  private int samples;

  @Override
  public void execute() throws IOException {
    product.check(data.isGiven(), this);
    if (product.isGiven()) {
      if (page != null) {
        throw wrongUsage("--report shows layers that are split, not words and codes");
      }
      code();
      return;
    }
    if (energy != null && macs != null) {
      throw wrongUsage("give --energy or --macs, not both");
    }
    if (samples < 1 || align < 1) {
      throw wrongUsage(
          "--batch-size and --align must be 1 or more, got %d and %d".formatted(samples, align));
    }
    RankRule rule = rule();
    BackendOption.check(List.of(backend), this);
    checkOutputs(output, OnnxWriter.dataFile(output), page);
    ModelFile file = initializers.read(model, this);
    FactorizationRecipe recipe =
        FactorizationRecipe.of(file.model())
            .settings(factorization -> set(factorization, rule))
            .measureOn(BackendOption.available(backend, file.model(), this))
            .samples(samples)
            .listener(listener());
    shapes.forEach(recipe::inputShape);
    FactorizationResult result = recipe.run();
    OnnxWriter.write(result.model(), output);
    if (page != null) {
      AtomicFile.writeString(
          page,
          new FactorizationPage("Splitting of " + file.name(), result, Environment.current())
              .toHtml());
      note("report: " + page);
    }
    print(result, file);
  }

  private void code() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    ProductQuantizationRecipe recipe =
        ProductQuantizationRecipe.of(file.model())
            .settings(each -> product.set(each).excluding(NodeSelection.of(excluded)))
            .listener(listener());
    if (data.isGiven()) {
      recipe.data(data.open(file.model(), true, this));
    }
    ProductQuantizedModel result = recipe.run();
    OnnxWriter.write(result.model(), output);
    ProductText.lines(result.report()).forEach(this::say);
    long bytes = ModelFile.writtenBytes(result.model(), output);
    say("%s -> %s: %s".formatted(Text.bytes(file.sizeBytes()), Text.bytes(bytes), output));
    ObjectNode root = Json.object();
    ProductText.fill(root, result.report());
    report(root.put("output", output.toString()).put("sizeBytes", bytes));
  }

  private RankRule rule() {
    try {
      return macs != null
          ? new RankRule.Macs(macs)
          : new RankRule.Energy(energy == null ? 0.9 : energy);
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  private Factorization set(Factorization factorization, RankRule rule) {
    return factorization
        .methods(methods)
        .rank(rule)
        .align(align)
        .excluding(NodeSelection.of(excluded));
  }

  private void print(FactorizationResult result, ModelFile file) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("split", "method", "ranks", "MACs", "time", "error"));
    for (Split split : result.report().splits()) {
      rows.add(
          List.of(
              split.node(),
              split.method().name().toLowerCase(Locale.ROOT),
              split.ranks().stream().map(String::valueOf).collect(Collectors.joining(", ")),
              Text.format("%.2f", split.macsShare()),
              Text.format("%.2f", split.timeRatio().orElse(Double.NaN)),
              Text.format("%.3f", split.error())));
    }
    Text.table(3, rows).forEach(this::say);
    for (Layer layer : result.report().layers()) {
      if (layer instanceof Whole(String node, String reason)) {
        say("  whole: %s: %s".formatted(node, reason));
      }
    }
    say(
        Text.format(
            "MACs %s -> %s, parameters %s -> %s",
            Text.count(result.before().macs()),
            Text.count(result.after().macs()),
            Text.count(result.before().parameters()),
            Text.count(result.after().parameters())));
    say(Text.format("measured: %s; %.2f times by count", result.gain(), result.theoreticalGain()));
    long bytes = ModelFile.writtenBytes(result.model(), output);
    say("%s -> %s: %s".formatted(Text.bytes(file.sizeBytes()), Text.bytes(bytes), output));
    report(json(result, bytes));
  }

  private ObjectNode json(FactorizationResult result, long bytes) {
    ObjectNode root = Json.object();
    ArrayNode layers = root.putArray("layers");
    for (Layer layer : result.report().layers()) {
      ObjectNode entry = layers.addObject().put("node", layer.node());
      switch (layer) {
        case Whole whole -> entry.put("reason", whole.reason());
        case Split split -> {
          entry.put("method", split.method().name().toLowerCase(Locale.ROOT));
          ArrayNode ranks = entry.putArray("ranks");
          split.ranks().forEach(ranks::add);
          entry.put("macsShare", split.macsShare()).put("weightError", split.error());
          split.timeRatio().ifPresent(ratio -> entry.put("timeRatio", ratio));
        }
      }
    }
    root.put("macsBefore", result.before().macs()).put("macs", result.after().macs());
    root.put("theoreticalGain", result.theoreticalGain());
    GainJson.fill(root, result.gain());
    return root.put("output", output.toString()).put("sizeBytes", bytes);
  }
}
