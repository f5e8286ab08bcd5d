// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.compress.prune.MagnitudeMask;
import dev.quench.compress.prune.sparse.SparseModel;
import dev.quench.compress.prune.sparse.StructuredSparsity;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.prune.PruningPage;
import dev.quench.pipeline.prune.PruningRecipe;
import dev.quench.pipeline.prune.PruningResult;
import dev.quench.report.Environment;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes channels out of a model.
@VectorKernels
@Command(
    name = "prune",
    header = "Takes channels out of a model.",
    description = {
      "Takes whole channels out of a model of any structure, so that it becomes smaller and faster, and checks on ONNX Runtime that it "
          + "computes what the original does with these channels zero.",
      "What can only go together goes together; what cannot go is listed with the reason. Accuracy falls: fine-tune afterwards (quench train --model)."
    },
    footer = {
      "  quench prune model.onnx -o thin.onnx --ratio 0.5 --align 8",
      "  quench prune model.onnx -o thin.onnx --method slimming --ratio 0.7",
      "  quench prune model.onnx -o thin.onnx --method obs --ratio 0.5 --data idx:fashion",
      "  quench prune model.onnx -o thin.onnx --target-latency 2.5 --data idx:fashion --search-state thin.json",
      "  quench prune model.onnx -o sparse.onnx --pattern 2:4"
    })
public final class PruneCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The pruned model to write.")
  private Path output;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page: cost and channels before and after, the gain as counted and measured, errors of layers, what stays and why.")
  private @Nullable Path page;

  @Mixin private PruningOptions pruning;

  @Mixin private SearchOptions search;

  @Mixin private SparsityOptions sparsity;

  @Mixin private DataOptions data;

  @Mixin private FeedableInitializers initializers;

  @Option(
      names = "--require-faster",
      paramLabel = "BACKEND",
      description =
          "Write nothing unless the result is measured faster there; exit code 3 otherwise. Without it the gain is measured on onnxruntime and told.")
  private @Nullable String backend;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description =
          "Shape of an input with free dimensions, to count, check and measure with; default: small sizes.")
  private Map<String, Shape> shapes = Map.of();

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "1",
      description = "Samples of one call that is measured; default ${DEFAULT-VALUE}.")
  private int samples;

  @Override
  public void execute() throws IOException {
    sparsity.check(this);
    if (page != null && (sparsity.isGiven() || pruning.isMagnitude())) {
      throw wrongUsage(
          "--report shows channels that go; --pattern and --method magnitude leave all");
    }
    if (sparsity.isGiven()) {
      sparsify();
      return;
    }
    pruning.check(this);
    if (samples < 1) {
      throw wrongUsage("--batch-size must be 1 or more, got " + samples);
    }
    if (backend != null) {
      BackendOption.check(List.of(backend), this);
    }
    if (pruning.isMagnitude() && backend != null) {
      throw wrongUsage(
          "--method magnitude leaves every layer as large as it is, so nothing gets faster; omit --require-faster");
    }
    pruning.checkData(data.isGiven(), this);
    search.check(this, pruning, data.isGiven());
    checkOutputs(output, OnnxWriter.dataFile(output), search.state(), page);
    ModelFile file = initializers.read(model, this);
    if (pruning.isMagnitude()) {
      mask(file);
      return;
    }
    PruningRecipe recipe =
        PruningRecipe.of(file.model()).pruning(pruning::set).samples(samples).listener(listener());
    shapes.forEach(recipe::inputShape);
    if (data.isGiven()) {
      Dataset dataset = data.open(file.model(), true, this);
      recipe.data(dataset);
      if (search.isGiven()) {
        recipe.search(
            search.search(pruning.budget(), pruning.ratio(), file, dataset, data.seed(), this));
      }
    }
    if (backend != null) {
      recipe.measureOn(BackendOption.available(backend, file.model(), this)).requireFaster();
    }
    PruningResult result = recipe.run();
    OnnxWriter.write(result.model(), output);
    PruningText.lines(result).forEach(this::say);
    if (page != null) {
      AtomicFile.writeString(
          page,
          new PruningPage("Pruning of " + file.name(), result, Environment.current()).toHtml());
      note("report: " + page);
    }
    ObjectNode root = Json.object();
    PruningText.fill(root, result);
    written(file, result.model(), root);
  }

  private void sparsify() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    StructuredSparsity settings = sparsity.of(file.model(), this);
    shapes.forEach(settings::inputShape);
    SparseModel result = settings.run();
    OnnxWriter.write(result.model(), output);
    SparsityText.lines(result.report()).forEach(this::say);
    ObjectNode root = Json.object();
    SparsityText.fill(root, result.report());
    written(file, result.model(), root);
  }

  private void mask(ModelFile file) throws IOException {
    MagnitudeMask.Report report = pruning.mask().apply(file.model());
    OnnxWriter.write(file.model(), output);
    say(
        Text.format(
            "%d of %d weights in %d layers are zero (%.1f %%); the layers keep their sizes and their speed",
            report.zeros(),
            report.weights(),
            report.layers(),
            100.0 * report.zeros() / report.weights()));
    ObjectNode root = Json.object().put("method", "magnitude");
    root.put("weights", report.weights()).put("zeros", report.zeros());
    written(file, file.model(), root);
  }

  private void written(ModelFile file, Model pruned, ObjectNode root) throws IOException {
    long bytes = ModelFile.writtenBytes(pruned, output);
    say("%s -> %s: %s".formatted(Text.bytes(file.sizeBytes()), Text.bytes(bytes), output));
    root.put("output", output.toString()).put("sizeBytes", bytes);
    report(root);
  }
}
