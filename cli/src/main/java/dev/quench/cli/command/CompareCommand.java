// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.BatchSize;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FreeDimensions;
import dev.quench.cli.option.InputFit;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.eval.SharedTensors;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Compares what two models, or two backends, compute.
@Command(
    name = "compare",
    header = "Compares what two models or backends compute.",
    descriptionHeading = "%n",
    description = {
      "Compares the outputs of two models, or of one model on two backends: cosine, signal to error in decibel, largest "
          + "error, agreement of the arg max.",
      "Runs on --data, or on seeded random inputs of the right types. Figures are the worst of all samples; backends that "
          + "can do without rewriting the graph do so. Where ONNX Runtime runs the second side, what its optimized session, "
          + "which applications get, computes is compared too; bounds do not apply to that."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench compare model.onnx model.int8.onnx \\",
      "      --data npy:image=validation.npy --min-cosine 0.99",
      "  quench compare model.onnx --backend onnxruntime,tensorrt"
    })
public final class CompareCommand extends QuenchCommand {
  private static final int BATCH = 16;
  private static final long SAMPLES = 256;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..2",
      description = "The expected and the actual ONNX file; one file with two backends.")
  private List<Path> models;

  @Mixin private DataOptions data;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Samples a call, with --data; figures go by sample all the same. Default 16, or what the models fix.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description = "Without --data: shape of an input with free dimensions; else small.")
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
      throw wrongUsage("--batch-size must be 1 or more and goes with --data");
    }
    if (models.size() == 1 && backends.size() == 1) {
      throw wrongUsage("nothing to compare with: give two models, or --backend with two names");
    }
    BackendOption.check(backends, this);
    ModelFile expected = ModelFile.read(models.getFirst());
    ModelFile actual = models.size() == 1 ? expected : ModelFile.read(models.getLast());
    Backend expectedBackend = BackendOption.available(backends.getFirst(), expected.model(), this);
    Backend actualBackend = BackendOption.available(backends.getLast(), actual.model(), this);
    Set<String> taps = tensors ? SharedTensors.of(expected.model(), actual.model()) : Set.of();
    Comparison comparison = new Comparison();
    Comparison optimized = new Comparison();
    boolean optimizes = actualBackend.name().equals("onnxruntime");
    try (Session first = expectedBackend.open(expected.model(), options(expected, taps));
        Session second = actualBackend.open(actual.model(), options(actual, taps));
        Session third =
            optimizes
                ? actualBackend.open(
                    actual.model(), options(actual, Set.of()).withOptimization(true))
                : null) {
      checkOutputs(first, second);
      Sides sides = new Sides(first, second, third, comparison, optimized, !taps.isEmpty());
      if (data.isGiven()) {
        Dataset dataset = data.open(expected.model(), false, this);
        InputFit.check(dataset, actual.model());
        note("on " + dataset.description());
        try (Stream<Batch> batches =
            data.atMost(dataset, SAMPLES).batches(batchSize(expected, actual, dataset.axes()))) {
          batches.forEachOrdered(batch -> sides.compare(batch.inputs(), batch.size()));
        }
      } else {
        List<TensorSpec> inputs = FreeDimensions.settle(expected.inputs(), shapes);
        note("on random inputs, seed " + data.seed() + ": " + inputs);
        try {
          sides.compare(data.noise(expected.inputs(), inputs), 1);
        } catch (BackendException | IllegalArgumentException e) {
          throw FreeDimensions.refused(inputs, e);
        }
      }
    }
    print(comparison, optimized, side(expected, expectedBackend), side(actual, actualBackend));
    comparison.check(minCosine, maxError);
  }

  private static String side(ModelFile file, Backend backend) {
    return file.name() + " on " + backend.name();
  }

  private static SessionOptions options(ModelFile file, Set<String> taps) {
    return SessionOptions.DEFAULT
        .withOptimization(false)
        .withPrecision(file.precision())
        .withTaps(taps);
  }

  private int batchSize(ModelFile expected, ModelFile actual, BatchAxes axes) {
    int usual = batchSize == null ? BATCH : batchSize;
    int suited =
        BatchSize.suited(expected.inputs(), axes, BatchSize.suited(actual.inputs(), axes, usual));
    if (batchSize != null && suited != batchSize) {
      throw new CommandException(
          "--batch-size %d: a model takes %d samples at a time; make its batch free with export --free batch, or leave the option away"
              .formatted(batchSize, suited));
    }
    return suited;
  }

  private static void checkOutputs(Session first, Session second) {
    List<String> expected = first.outputs().stream().map(TensorSpec::name).toList();
    List<String> actual = second.outputs().stream().map(TensorSpec::name).toList();
    if (!new LinkedHashSet<>(expected).equals(new LinkedHashSet<>(actual))) {
      throw new CommandException(
          "the outputs differ in name: %s and %s; compare models with the same outputs"
              .formatted(expected, actual));
    }
  }

  /// The sessions that run on the same inputs.
  ///
  /// @param optimizing the second with graph optimization; null where that makes no difference
  private record Sides(
      Session first,
      Session second,
      @Nullable Session optimizing,
      Comparison comparison,
      Comparison optimized,
      boolean tapped) {
    void compare(Map<String, Tensor> inputs, int samples) {
      Map<String, Tensor> expected = first.run(inputs);
      comparison.addOutputs(expected, second.run(inputs), samples);
      if (optimizing != null) {
        optimized.addOutputs(expected, optimizing.run(inputs), samples);
      }
      if (tapped) {
        comparison.addInner(observed(first, inputs), observed(second, inputs), samples);
      }
    }
  }

  private static Map<String, Tensor> observed(Session session, Map<String, Tensor> inputs) {
    Map<String, Tensor> seen = new LinkedHashMap<>();
    session.observe(inputs, (name, tensor) -> seen.put(name, copy(tensor)));
    return seen;
  }

  private static Tensor copy(Tensor borrowed) {
    return Tensor.of(
        borrowed.dataType(),
        borrowed.shape(),
        MemorySegment.ofArray(borrowed.bytes().toArray(ValueLayout.JAVA_BYTE)));
  }

  private void print(Comparison comparison, Comparison optimized, String expected, String actual) {
    say(actual + " against " + expected);
    table(comparison);
    if (!optimized.worst().isEmpty()) {
      say("with graph optimization, as applications run it");
      table(optimized);
    }
    ObjectNode root = Json.object().put("expected", expected).put("actual", actual);
    ArrayNode list = root.putArray("tensors");
    comparison.worst().forEach((name, entry) -> entry.fill(list.addObject(), name));
    if (!optimized.worst().isEmpty()) {
      ArrayNode optimizedList = root.putArray("optimized");
      optimized.worst().forEach((name, entry) -> entry.fill(optimizedList.addObject(), name));
    }
    report(root);
  }

  private void table(Comparison comparison) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "cosine", "SQNR dB", "max error", "relative", "arg max equal"));
    comparison.worst().forEach((name, entry) -> rows.add(entry.cells(name)));
    Text.table(1, rows).forEach(this::say);
  }
}
