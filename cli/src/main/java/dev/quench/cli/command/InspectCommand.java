// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.RooflineConverter;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.option.EngineOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.BinaryCostText;
import dev.quench.cli.output.EngineText;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.StoredSizes;
import dev.quench.cli.output.Text;
import dev.quench.compress.binary.cost.BinaryCost;
import dev.quench.cost.ModelCost;
import dev.quench.cost.NodeCost;
import dev.quench.cost.Roofline;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
          + "and why its INT8 may be slow."
    },
    footer = "  quench inspect model.onnx --json")
public final class InspectCommand extends QuenchCommand {
  private static final int UNCOUNTED_SHOWN = 3;

  @Parameters(paramLabel = "MODEL", description = "ONNX file, or a TensorRT engine.")
  private Path model;

  @Mixin private EngineOptions engines;

  @Option(
      names = "--model",
      paramLabel = "ONNX",
      description =
          "For an engine: the model it was built from, to tell which layers should run in INT8.")
  private @Nullable Path source;

  @Option(names = "--nodes", description = "Also list every node.")
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

  @Override
  public void execute() throws IOException {
    if (EngineOptions.isEngine(model)) {
      try (Engine engine = engines.load(model)) {
        Optional<Model> built =
            source == null ? Optional.empty() : Optional.of(ModelFile.read(source).model());
        EngineText.print(this, model, engine, built, nodes);
      }
      return;
    }
    ModelFile file = ModelFile.read(model);
    ModelCost cost = ModelCost.of(file.model(), shapes);
    StoredSizes stored = StoredSizes.of(file.model());
    file.tellDenormals(this);
    if (isJson()) {
      report(json(file, cost, stored));
    } else {
      print(file, cost, stored);
    }
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
    say(
        "%s parameters, %s MACs, %s FLOPs, %s moved, %s"
            .formatted(
                Text.count(cost.parameters()),
                Text.count(cost.macs()),
                Text.count(cost.flops()),
                Text.bytes(cost.bytesMoved()),
                Text.format("%.2f FLOPs a byte", cost.arithmeticIntensity())));
    List<String> types = new ArrayList<>();
    stored.stored().forEach((type, bytes) -> types.add(type + " " + Text.bytes(bytes)));
    say("constants: " + String.join(", ", types));
    List<String> sizes = new ArrayList<>();
    stored.byPrecision().forEach((name, bytes) -> sizes.add(name + " " + Text.bytes(bytes)));
    say("size by precision: " + String.join(", ", sizes));
    List<String> ops = new ArrayList<>();
    cost.ops().forEach((op, count) -> ops.add(op + " " + count));
    say("%d nodes: %s".formatted(cost.nodes(), String.join(", ", ops)));
    if (!cost.uncounted().isEmpty()) {
      say(uncounted(cost.uncounted()));
    }
    BinaryCostText.print(this, BinaryCost.of(file.model(), cost));
    if (nodes || roofline != null) {
      Text.table(2, table(cost)).forEach(this::say);
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

  private List<List<String>> table(ModelCost cost) {
    List<List<String>> rows = new ArrayList<>();
    List<String> heading =
        new ArrayList<>(
            List.of("node", "op", "MACs", "FLOPs", "parameters", "weights", "moved", "FLOPs/byte"));
    if (roofline != null) {
      heading.addAll(List.of("bound", "least us"));
    }
    rows.add(heading);
    for (NodeCost node : cost.nodeCosts()) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  node.node(),
                  node.opType(),
                  Text.count(node.macs()),
                  Text.count(node.flops()),
                  Text.count(node.parameters()),
                  Text.bytes(node.weightBytes()),
                  Text.bytes(node.bytesMoved()),
                  Text.format("%.2f", node.arithmeticIntensity())));
      if (roofline != null) {
        row.add(roofline.bound(node).name().toLowerCase(Locale.ROOT));
        row.add(Text.format("%.2f", roofline.seconds(node) * 1e6));
      }
      rows.add(row);
    }
    return rows;
  }

  private ObjectNode json(ModelFile file, ModelCost cost, StoredSizes stored) {
    ObjectNode root = Json.object();
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
    if (nodes || roofline != null) {
      nodes(root.putArray("nodeCosts"), cost);
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

  private void nodes(ArrayNode list, ModelCost cost) {
    for (NodeCost node : cost.nodeCosts()) {
      ObjectNode entry =
          list.addObject()
              .put("node", node.node())
              .put("op", node.opType())
              .put("macs", node.macs())
              .put("flops", node.flops())
              .put("parameters", node.parameters())
              .put("weightBytes", node.weightBytes())
              .put("bytesMoved", node.bytesMoved())
              .put("arithmeticIntensity", node.arithmeticIntensity());
      if (roofline != null) {
        entry.put("bound", roofline.bound(node).name());
        entry.put("leastMicros", roofline.seconds(node) * 1e6);
      }
    }
  }
}
