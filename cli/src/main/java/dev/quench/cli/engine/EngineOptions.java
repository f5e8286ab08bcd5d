// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.engine;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.TensorSpec;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.plan.EngineTrust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/// How TensorRT engines are loaded where a command takes one in place of a model.
@OptionGroup("Engines")
public final class EngineOptions {
  private static final long OPSET = 17;
  private static final long IR_VERSION = 8;

  @Option(
      names = "--trust-engine",
      description =
          "Load an engine without a Quench manifest beside it. An engine is code: trust the file as you would a program.")
  private boolean trust;

  @Option(
      names = "--plugin",
      paramLabel = "FILE",
      description =
          "Library of plug-ins that an engine or a model needs; code as well. May be repeated.")
  private List<Path> plugins = List.of();

  /// Whether the name of a file says that it is an engine: `.engine` or `.plan`.
  public static boolean isEngine(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".engine") || name.endsWith(".plan");
  }

  /// The file beside an engine that says for what it was built.
  public static Path manifestOf(Path engine) {
    return engine.resolveSibling(engine.getFileName() + ".json");
  }

  public List<Path> plugins() {
    return plugins;
  }

  /// @return to be closed by the caller
  public Engine load(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CommandException(file + ": no such file; check the name");
    }
    requireTensorRt();
    return Engine.load(file, trust ? EngineTrust.FOREIGN : EngineTrust.MANIFEST, plugins);
  }

  public static void requireTensorRt() {
    if (TensorRtProbe.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new CommandException("TensorRT is not available: " + reason + "; " + remedy);
    }
  }

  /// A model with the inputs and outputs of an engine and nothing between them, for what opens data
  /// by the inputs of a model.
  public static Model interfaceOf(Engine engine) {
    Graph graph = new Graph("engine", OpsetImports.onnx(OPSET));
    for (TensorSpec input : engine.inputs()) {
      graph.addInput(input.name(), ValueType.tensor(input.dataType(), input.shape()));
    }
    for (TensorSpec output : engine.outputs()) {
      graph.addOutput(
          graph
              .append(
                  NodeBuilder.of("Engine")
                      .output(output.name(), ValueType.tensor(output.dataType(), output.shape())))
              .output(0));
    }
    return new Model(graph, IR_VERSION);
  }
}
