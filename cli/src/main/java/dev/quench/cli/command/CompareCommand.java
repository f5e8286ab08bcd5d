// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.engine.UserEngineCache;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FreeDimensions;
import dev.quench.cli.option.InputFit;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.ModelNames;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.data.array.NpyDataset;
import dev.quench.data.array.NpzFile;
import dev.quench.eval.TensorComparison;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.compare.ModelComparison;
import dev.quench.pipeline.compare.ModelComparison.Side;
import dev.quench.pipeline.compare.TensorAlignment;
import dev.quench.pipeline.compare.TensorFigures;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Compares what two models, or two backends, compute.
@VectorKernels
@Command(
    name = "compare",
    header = "Compares what two models or backends compute.",
    description = {
      "Compares the outputs of two models, or of one model on two backends: cosine, signal to error in decibel, largest "
          + "error, agreement of the arg max.",
      "Runs on --data, or on seeded random inputs of the right types. Figures are the worst of all samples; backends that "
          + "can do without rewriting the graph do so. Where ONNX Runtime runs the second side, what its optimized session, "
          + "which applications get, computes is compared too; bounds do not apply to that."
    },
    footer = {
      "  quench compare model.onnx model.int8.onnx \\",
      "      --data npy:image=validation.npy --min-cosine 0.99",
      "  quench compare model.onnx --backend onnxruntime,tensorrt",
      "  quench compare model.onnx renamed.onnx --align order",
      "  quench compare outputs.npz model.onnx --data npz:inputs.npz"
    })
public final class CompareCommand extends QuenchCommand {
  private static final int BATCH = 16;
  private static final long SAMPLES = 256;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..2",
      description =
          "The expected and the actual ONNX file; one file with two backends; or saved outputs, FILE.npz by output name, and the actual file.")
  private List<Path> models;

  @Mixin private DataOptions data;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Batch size with --data; figures are per sample in any case. Default 16, or the models' own.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description = "Without --data: shape of an input with free dimensions; default: small sizes.")
  private Map<String, Shape> shapes = Map.of();

  @Option(
      names = "--backend",
      paramLabel = "B[,B]",
      split = ",",
      defaultValue = "onnxruntime",
      description = "The backend, or one for each side; default ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(
      names = "--tensors",
      description = "Also compare inner tensors that both models have by name.")
  private boolean tensors;

  /// How tensors of two models are paired.
  enum Alignment {
    NAME,
    ORDER
  }

  @Option(
      names = "--align",
      paramLabel = "HOW",
      description =
          "As --tensors, pairing them by name or by order: outputs by their place, layers of the same operator and size one after another, for models whose names differ.")
  private @Nullable Alignment align;

  @Option(
      names = "--min-cosine",
      paramLabel = "C",
      description = "Exit with 3 when an output's cosine is below this.")
  private @Nullable Double minCosine;

  @Option(
      names = "--max-error",
      paramLabel = "E",
      description = "Exit with 3 when an output's largest absolute error is above this.")
  private @Nullable Double maxError;

  @Override
  public void execute() throws IOException {
    if (backends.size() > 2) {
      throw wrongUsage("give one backend, or two, got " + backends);
    }
    if (batchSize != null && (batchSize < 1 || !data.isGiven())) {
      throw wrongUsage("--batch-size must be 1 or more and requires --data");
    }
    if (models.size() == 1 && backends.size() == 1) {
      throw wrongUsage("nothing to compare with: give two models, or --backend with two names");
    }
    BackendOption.check(backends, this);
    if (models.size() == 2 && models.getFirst().toString().endsWith(".npz")) {
      compareWithSaved(models.getFirst(), models.getLast());
      return;
    }
    ModelFile expected = ModelFile.read(models.getFirst(), this);
    ModelFile actual = models.size() == 1 ? expected : ModelFile.read(models.getLast(), this);
    Backend expectedBackend =
        UserEngineCache.of(
            BackendOption.available(backends.getFirst(), expected.model(), this), this);
    Backend actualBackend =
        UserEngineCache.of(BackendOption.available(backends.getLast(), actual.model(), this), this);
    TensorAlignment alignment = alignment(expected.model(), actual.model());
    try (ModelComparison comparison =
        ModelComparison.open(
            new Side(expected.model(), expectedBackend),
            new Side(actual.model(), actualBackend),
            alignment)) {
      if (data.isGiven()) {
        Dataset dataset = data.open(expected.model(), false, this);
        InputFit.check(dataset, actual.model());
        data.noteOtherPixels(expected, actual, this);
        note("on " + dataset.description());
        try (Stream<Batch> batches =
            data.atMost(dataset, SAMPLES).batches(batchSize(expected, actual, dataset.axes()))) {
          batches.forEachOrdered(batch -> comparison.add(batch.inputs(), batch.size()));
        }
      } else {
        List<TensorSpec> inputs = FreeDimensions.settle(expected.inputs(), shapes);
        note("on random inputs, seed " + data.seed() + ": " + inputs);
        try {
          comparison.add(data.noise(expected.inputs(), inputs), 1);
        } catch (BackendException | IllegalArgumentException e) {
          throw FreeDimensions.refused(inputs, e);
        }
      }
      List<String> names = ModelNames.of(models);
      print(
          comparison,
          alignment,
          side(names.getFirst(), expectedBackend),
          side(names.getLast(), actualBackend));
      check(comparison.figures());
    }
  }

  /// Both files hold the same samples in the same order.
  private void compareWithSaved(Path outputs, Path model) throws IOException {
    if (!data.isGiven() || tensors || align != null || backends.size() > 1) {
      throw wrongUsage(
          "saved outputs require --data with the inputs that they belong to, one backend, and no --tensors or --align");
    }
    ModelFile actual = ModelFile.read(model, this);
    Backend backend =
        UserEngineCache.of(
            BackendOption.available(backends.getFirst(), actual.model(), this), this);
    Dataset inputs = data.open(actual.model(), false, this);
    Dataset saved = NpyDataset.openArchive(outputs, Optional.empty());
    if (saved.size() != inputs.size()) {
      throw new CommandException(
          "%s holds %d samples, %s %d; expected the outputs of the same samples"
              .formatted(outputs, saved.size(), inputs.description(), inputs.size()));
    }
    note("on " + inputs.description());
    try (ModelComparison comparison =
            ModelComparison.withSaved(NpzFile.names(outputs), new Side(actual.model(), backend));
        Stream<Batch> wanted = saved.batches(batchSize(actual, actual, inputs.axes()));
        Stream<Batch> batches = inputs.batches(batchSize(actual, actual, inputs.axes()))) {
      Iterator<Batch> next = wanted.iterator();
      batches.forEachOrdered(
          batch -> comparison.add(next.next().inputs(), batch.inputs(), batch.size()));
      print(
          comparison,
          new TensorAlignment(Map.of(), Map.of()),
          outputs.toString(),
          side(actual.name(), backend));
      check(comparison.figures());
    }
  }

  private TensorAlignment alignment(Model expected, Model actual) {
    if (align == Alignment.ORDER) {
      return TensorAlignment.byOrder(expected, actual);
    }
    return tensors || align == Alignment.NAME
        ? TensorAlignment.byName(expected, actual)
        : TensorAlignment.ofOutputs(expected, actual);
  }

  private static String side(String name, Backend backend) {
    return name + " on " + backend.name();
  }

  private int batchSize(ModelFile expected, ModelFile actual, BatchAxes axes) {
    boolean alone =
        InsertDynamicQuantization.isStamped(expected.model())
            || InsertDynamicQuantization.isStamped(actual.model());
    int usual = batchSize != null ? batchSize : alone ? 1 : BATCH;
    int suited =
        new ModelInputs(expected.inputs())
            .batchSize(axes, new ModelInputs(actual.inputs()).batchSize(axes, usual));
    if (batchSize != null && suited != batchSize) {
      throw new CommandException(
          "--batch-size %d: a model takes %d samples at a time; free its batch with export --free batch, or omit the option"
              .formatted(batchSize, suited));
    }
    return suited;
  }

  private void print(
      ModelComparison comparison, TensorAlignment alignment, String expected, String actual) {
    say(actual + " against " + expected);
    table(comparison.figures(), alignment);
    ObjectNode root = Json.object().put("expected", expected).put("actual", actual);
    fill(root.putArray("tensors"), comparison.figures(), alignment);
    if (comparison.optimized().isPresent()) {
      say("with graph optimization, as applications run it");
      table(comparison.optimized().get(), alignment);
      fill(root.putArray("optimized"), comparison.optimized().get(), alignment);
    }
    report(root);
  }

  private static String actualName(String name, TensorAlignment alignment) {
    return alignment.outputs().getOrDefault(name, alignment.inner().getOrDefault(name, name));
  }

  private void table(TensorFigures figures, TensorAlignment alignment) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "cosine", "SQNR dB", "max error", "relative", "arg max equal"));
    figures
        .worst()
        .forEach((name, each) -> {
          TensorComparison worst = each.worst();
          rows.add(
              List.of(
                  name.equals(actualName(name, alignment))
                      ? name
                      : name + " ~ " + actualName(name, alignment),
                  Text.format("%.6f", worst.cosine()),
                  Text.format("%.2f", worst.sqnrDecibel()),
                  Text.format("%.4g", worst.maxAbsoluteError()),
                  Text.format("%.4g", worst.maxRelativeError()),
                  Text.format("%.2f %%", 100 * worst.top1Agreement())));
        });
    Text.table(1, rows).forEach(this::say);
  }

  private static void fill(ArrayNode list, TensorFigures figures, TensorAlignment alignment) {
    figures
        .worst()
        .forEach((name, each) ->
            list.addObject()
                .put("name", name)
                .put("actualName", actualName(name, alignment))
                .put("output", each.output())
                .put("cosine", each.worst().cosine())
                .put("sqnrDecibel", each.worst().sqnrDecibel())
                .put("maxAbsoluteError", each.worst().maxAbsoluteError())
                .put("maxRelativeError", each.worst().maxRelativeError())
                .put("top1Agreement", each.worst().top1Agreement()));
  }

  /// Holds the outputs against the bounds.
  private void check(TensorFigures figures) {
    List<String> failures = new ArrayList<>();
    figures
        .worst()
        .forEach((name, each) -> {
          if (!each.output()) {
            return;
          }
          TensorComparison found = each.worst();
          if (minCosine != null && !(found.cosine() >= minCosine)) {
            failures.add(
                Text.format(
                    "'%s' has cosine %.6f, below --min-cosine %s",
                    name, found.cosine(), minCosine));
          }
          if (maxError != null && !(found.maxAbsoluteError() <= maxError)) {
            failures.add(
                Text.format(
                    "'%s' is off by up to %.4g, more than --max-error %s",
                    name, found.maxAbsoluteError(), maxError));
          }
        });
    if (!failures.isEmpty()) {
      throw new CheckFailedException(String.join("; ", failures));
    }
  }
}
