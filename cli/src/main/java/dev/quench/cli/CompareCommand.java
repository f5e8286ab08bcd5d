// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.data.Batch;
import dev.quench.data.BatchAxes;
import dev.quench.data.Dataset;
import dev.quench.eval.SharedTensors;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
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
      "Runs on --data, or on seeded random inputs of the right types. Figures are the worst of all batches; backends that "
          + "can do without rewriting the graph do so."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench compare model.onnx model.int8.onnx \\",
      "      --data npy:image=validation.npy --min-cosine 0.99",
      "  quench compare model.onnx --backend onnxruntime,tensorrt"
    })
final class CompareCommand extends QuenchCommand {
  private static final int BATCH = 16;
  private static final long SAMPLES = 256;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..2",
      description = "The expected and the actual ONNX file; one file with two backends.")
  private List<Path> models;

  @Mixin private DataOptions data;

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
  void execute() throws IOException {
    if (backends.size() > 2) {
      throw wrongUsage("give one backend, or two, got " + backends);
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
    try (Session first = expectedBackend.open(expected.model(), options(expected, taps));
        Session second = actualBackend.open(actual.model(), options(actual, taps))) {
      checkOutputs(first, second);
      if (data.isGiven()) {
        Dataset dataset = data.open(expected.model(), false, this);
        InputFit.check(dataset, actual.model());
        note("on " + dataset.description());
        try (Stream<Batch> batches =
            data.atMost(dataset, SAMPLES).batches(batchSize(expected, actual, dataset.axes()))) {
          batches.forEachOrdered(
              batch -> compare(first, second, batch.inputs(), comparison, !taps.isEmpty()));
        }
      } else {
        List<TensorSpec> inputs = FreeDimensions.settle(expected.inputs(), shapes);
        note("on random inputs, seed " + data.seed() + ": " + inputs);
        try {
          compare(
              first,
              second,
              data.noise(expected.inputs(), inputs),
              comparison,
              !taps.isEmpty());
        } catch (BackendException | IllegalArgumentException e) {
          throw FreeDimensions.refused(inputs, e);
        }
      }
    }
    print(comparison, side(expected, expectedBackend), side(actual, actualBackend));
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

  private static int batchSize(ModelFile expected, ModelFile actual, BatchAxes axes) {
    return BatchSize.suited(
        expected.inputs(), axes, BatchSize.suited(actual.inputs(), axes, BATCH));
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

  private static void compare(
      Session first,
      Session second,
      Map<String, Tensor> inputs,
      Comparison comparison,
      boolean tapped) {
    comparison.addOutputs(first.run(inputs), second.run(inputs));
    if (tapped) {
      comparison.addInner(observed(first, inputs), observed(second, inputs));
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

  private void print(Comparison comparison, String expected, String actual) {
    say(actual + " against " + expected);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "cosine", "SQNR dB", "max error", "relative", "arg max equal"));
    comparison.worst().forEach((name, entry) -> rows.add(entry.cells(name)));
    Text.table(1, rows).forEach(this::say);
    ObjectNode root = Json.object().put("expected", expected).put("actual", actual);
    ArrayNode list = root.putArray("tensors");
    comparison.worst().forEach((name, entry) -> entry.fill(list.addObject(), name));
    report(root);
  }
}
