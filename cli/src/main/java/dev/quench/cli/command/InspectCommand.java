// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.command.inspect.CostTables;
import dev.quench.cli.command.inspect.FreeInputs;
import dev.quench.cli.command.inspect.StoredResult;
import dev.quench.cli.command.inspect.Wiring;
import dev.quench.cli.converter.RooflineConverter;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.BinaryCostText;
import dev.quench.cli.output.EngineText;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.StoredSizes;
import dev.quench.cli.output.Text;
import dev.quench.compress.binary.cost.BinaryCost;
import dev.quench.cost.ConvolutionCost;
import dev.quench.cost.CountedShapes;
import dev.quench.cost.ModelCost;
import dev.quench.cost.Roofline;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.pipeline.cost.CostPage;
import dev.quench.tensor.Shape;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Says what a model is and what it costs.
@Command(
    name = "inspect",
    header = "Shows the operators, shapes and cost of a model.",
    description = {
      "Lists operators, inputs and outputs, and what one inference costs: parameters, MACs, FLOPs, bytes moved, size by "
          + "precision.",
      "Of a model with 1-bit or ternary layers also how often their kernels repeat, the energy of their arithmetic and their memory accesses, beside FP32.",
      "A free first dimension of an input counts as 1; --shape settles the others. Of an engine: its layers by precision, "
          + "and why its INT8 may be slow. Of a calibration table, a cache of TensorRT or a report of eval: what it is and "
          + "says, in short."
    },
    footer = {
      "  quench inspect model.onnx --json",
      "  quench inspect model.onnx --html cost.html --roofline 200,40"
    })
public final class InspectCommand extends QuenchCommand {
  private static final int UNCOUNTED_SHOWN = 3;

  @Parameters(
      paramLabel = "MODEL",
      description = "ONNX file, TensorRT engine, calibration table, cache, or report.")
  private Path model;

  @Mixin private EngineOptions engines;

  @Option(
      names = "--model",
      paramLabel = "ONNX",
      description =
          "For an engine: the model it was built from, to tell which layers should run in INT8.")
  private @Nullable Path source;

  @Option(
      names = "--nodes",
      description = "Also list every node, with the shapes of what it reads and writes.")
  private boolean nodes;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description = "Shape of an input to count for, such as image=8x3x224x224.")
  private Map<String, Shape> shapes = Map.of();

  @Option(
      names = "--roofline",
      paramLabel = "GFLOPS,GBS",
      converter = RooflineConverter.class,
      description =
          "Peak arithmetic and memory bandwidth of a machine: also says what bounds each node there.")
  private @Nullable Roofline roofline;

  @Option(
      names = "--regions",
      description =
          "Also list what a backend runs as one kernel, such as a convolution with its activation, by cost.")
  private boolean regions;

  @Option(
      names = "--convolutions",
      description =
          "Also say which of direct, im2col + GEMM, Winograd and FFT should be fastest for each convolution, and why.")
  private boolean convolutions;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Also write a page: the cost along the depth of the network, a roofline, tables.")
  private @Nullable Path html;

  @Override
  public void execute() throws IOException {
    checkOutputs(html);
    if (EngineOptions.isEngine(model)) {
      if (html != null || regions || convolutions) {
        throw wrongUsage(
            "--html, --regions and --convolutions count the nodes of an ONNX model, and %s is an engine; name the model it was built from"
                .formatted(model));
      }
      try (Engine engine = engines.load(model)) {
        Optional<Model> built =
            source == null ? Optional.empty() : Optional.of(ModelFile.read(source).model());
        EngineText.print(this, model, engine, built, nodes);
      }
      return;
    }
    Optional<StoredResult> stored = StoredResult.read(model);
    if (stored.isPresent()) {
      stored.get().lines().forEach(this::say);
      report(stored.get().json());
      return;
    }
    ModelFile file = ModelFile.read(model, this);
    inspect(file);
  }

  private void inspect(ModelFile file) throws IOException {
    ModelCost cost = ModelCost.of(file.model(), shapes);
    StoredSizes stored = StoredSizes.of(file.model());
    file.tellDenormals(this);
    if (html != null) {
      page(file, cost).write(html);
    }
    if (isJson()) {
      report(json(file, cost, stored));
    } else {
      print(file, cost, stored);
      if (html != null) {
        say("wrote " + html);
      }
    }
  }

  private boolean showsNodes() {
    return nodes || (roofline != null && !regions && !convolutions && html == null);
  }

  /// The model at the shapes that are counted at.
  private Model settled(ModelFile file) {
    return CountedShapes.settle(file.model(), shapes);
  }

  private CostTables tables() {
    return new CostTables(roofline);
  }

  private List<ConvolutionCost> algorithms(ModelFile file) {
    return ConvolutionCost.of(file.model(), shapes, tables().machine());
  }

  private CostPage page(ModelFile file, ModelCost cost) {
    String lead =
        "Cost of one inference of %s, by count, not by measurement.%s"
            .formatted(
                file.path().getFileName(),
                roofline == null
                    ? " The roofline is that of an assumed machine; --roofline names another."
                    : "");
    return new CostPage(Text.stem(file.path()), lead, cost, algorithms(file), tables().machine());
  }

  private void print(ModelFile file, ModelCost cost, StoredSizes stored) {
    say(
        "%s: ONNX opset %d, IR version %d, %s"
            .formatted(
                file.path(),
                file.model().opset(),
                file.model().irVersion(),
                Text.bytes(file.sizeBytes())));
    file.model().graph().requiredInputs().forEach(input -> say("input   " + described(input)));
    file.model().graph().outputs().forEach(output -> say("output  " + described(output)));
    FreeInputs.of(file.model(), settled(file), shapes).forEach(this::say);
    if (!cost.uncounted().isEmpty()) {
      say(uncounted(cost.uncounted()));
    }
    say(
        "%s parameters, %s MACs, %s FLOPs, %s moved, %s"
            .formatted(
                Text.count(cost.parameters()),
                Text.count(cost.macs()),
                Text.count(cost.flops()),
                Text.bytes(cost.bytesMoved()),
                Text.format("%.2f FLOPs a byte", cost.arithmeticIntensity())));
    say(
        "fused to %d regions: %s moved; work over its longest chain %s"
            .formatted(
                cost.regions().size(),
                Text.bytes(cost.fusedBytesMoved()),
                Text.format("%.2f", cost.graphParallelism())));
    List<String> types = new ArrayList<>();
    stored.stored().forEach((type, bytes) -> types.add(type + " " + Text.bytes(bytes)));
    say("constants: " + String.join(", ", types));
    List<String> sizes = new ArrayList<>();
    stored.byPrecision().forEach((name, bytes) -> sizes.add(name + " " + Text.bytes(bytes)));
    say("size by precision: " + String.join(", ", sizes));
    List<String> ops = new ArrayList<>();
    cost.ops().forEach((op, count) -> ops.add(op + " " + count));
    say("%d nodes: %s".formatted(cost.nodes(), String.join(", ", ops)));
    BinaryCostText.print(this, BinaryCost.of(file.model(), cost));
    if (showsNodes()) {
      tables().nodes(cost).forEach(this::say);
    }
    if (nodes) {
      new Wiring(settled(file)).lines().forEach(this::say);
    }
    if (regions) {
      tables().regions(cost).forEach(this::say);
    }
    if (convolutions) {
      List<ConvolutionCost> found = algorithms(file);
      say(
          found.isEmpty()
              ? "no convolutions over two axes of known size"
              : "convolutions, by a model of time%s; only a measurement decides:"
                  .formatted(roofline == null ? " for a machine of 100 GFLOP/s and 10 GB/s" : ""));
      tables().convolutions(found).forEach(this::say);
    }
    file.model()
        .metadata()
        .forEach((key, value) -> say("metadata " + key + ": " + Text.oneLine(value)));
  }

  private static String uncounted(List<String> all) {
    List<String> some = all.subList(0, Math.min(all.size(), UNCOUNTED_SHOWN));
    return "of %d nodes of unknown operator or shape only the constants are counted: %s%s; --shape settles free dimensions"
        .formatted(
            all.size(), String.join(", ", some), some.size() < all.size() ? " and others" : "");
  }

  private static String described(Value value) {
    return "'"
        + Text.oneLine(value.name())
        + "' "
        + value.type().map(Object::toString).orElse("of unknown type");
  }

  private ObjectNode json(ModelFile file, ModelCost cost, StoredSizes stored) {
    ObjectNode root = Json.object();
    root.put("kind", "model");
    root.put("model", file.path().toString());
    root.put("opset", file.model().opset());
    root.put("irVersion", file.model().irVersion());
    root.put("sizeBytes", file.sizeBytes());
    values(root.putArray("inputs"), file.model().graph().requiredInputs());
    values(root.putArray("outputs"), file.model().graph().outputs());
    root.put("nodes", cost.nodes());
    root.put("parameters", cost.parameters());
    root.put("macs", cost.macs());
    root.put("flops", cost.flops());
    root.put("weightBytes", cost.weightBytes());
    root.put("bytesMoved", cost.bytesMoved());
    root.put("arithmeticIntensity", cost.arithmeticIntensity());
    root.put("fusedBytesMoved", cost.fusedBytesMoved());
    root.put("criticalPathFlops", cost.criticalPathFlops());
    ObjectNode ops = root.putObject("ops");
    cost.ops().forEach(ops::put);
    ObjectNode storedBytes = root.putObject("storedBytes");
    stored.stored().forEach((type, bytes) -> storedBytes.put(type.name(), bytes));
    ObjectNode sizes = root.putObject("sizeBytesByPrecision");
    stored.byPrecision().forEach(sizes::put);
    BinaryCostText.add(root, BinaryCost.of(file.model(), cost));
    ArrayNode uncounted = root.putArray("uncounted");
    cost.uncounted().forEach(uncounted::add);
    ObjectNode metadata = root.putObject("metadata");
    file.model().metadata().forEach(metadata::put);
    if (showsNodes()) {
      tables().addNodes(root.putArray("nodeCosts"), cost, new Wiring(settled(file)));
    }
    if (regions) {
      tables().addRegions(root.putArray("regions"), cost);
    }
    if (convolutions) {
      tables().addConvolutions(root.putArray("convolutions"), algorithms(file));
    }
    return root;
  }

  private static void values(ArrayNode list, List<Value> values) {
    for (Value value : values) {
      list.addObject()
          .put("name", value.name())
          .put("type", value.type().map(Object::toString).orElse("unknown"));
    }
  }
}
