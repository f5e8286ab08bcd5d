// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Precision;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.TensorRtProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Builds a TensorRT engine.
@Command(
    name = "build",
    header = "Builds a TensorRT engine.",
    descriptionHeading = "%n",
    description = {
      "Builds a TensorRT engine for the GPU of this machine and writes it with a manifest beside it.",
      "A model with QuantizeLinear nodes is built strongly typed: what the file says is what runs."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench build model.int8.onnx -o model.engine \\",
      "      --profile image=1x3x224x224:8x3x224x224:32x3x224x224"
    })
final class BuildCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "ENGINE",
      required = true,
      description = "Where the engine goes; its manifest goes to ENGINE.json.")
  private Path output;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Arithmetic that layers of a model without quantization may use: ${COMPLETION-CANDIDATES}; default FP32.")
  private @Nullable Precision precision;

  @Option(
      names = "--profile",
      paramLabel = "NAME=RANGE",
      converter = {StringConverter.class, ProfileRange.Converter.class},
      description =
          "Shapes of an input with free dimensions, min:opt:max; default: batches of 1 to 256, tuned for 32.")
  private Map<String, ProfileRange> profiles = Map.of();

  @Option(
      names = "--optimization-level",
      paramLabel = "N",
      description = "How long TensorRT searches, from 0 (quick) to 5; its own default is 3.")
  private @Nullable Integer level;

  @Option(
      names = "--workspace",
      paramLabel = "MIB",
      description = "Most scratch memory of a layer, in MiB; default: all there is.")
  private @Nullable Long workspaceMebibytes;

  @Override
  void execute() throws IOException {
    if (level != null && (level < 0 || level > 5)) {
      throw wrongUsage("--optimization-level must be 0 to 5, got " + level);
    }
    if (workspaceMebibytes != null
        && (workspaceMebibytes < 1 || workspaceMebibytes > Long.MAX_VALUE >> 20)) {
      throw wrongUsage("--workspace must be 1 MiB or more, got " + workspaceMebibytes);
    }
    OutputFile.check(output);
    ModelFile file = ModelFile.read(model);
    if (TensorRtProbe.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new CommandException("TensorRT is not available: " + reason + "; " + remedy);
    }
    EngineBuilder builder =
        EngineBuilder.of(file.model()).precision(precision == null ? file.precision() : precision);
    profiles.forEach(
        (input, range) -> builder.profile(input, range.min(), range.opt(), range.max()));
    if (level != null) {
      builder.optimizationLevel(level);
    }
    if (workspaceMebibytes != null) {
      builder.workspaceBytes(workspaceMebibytes << 20);
    }
    note("building; this takes seconds to minutes");
    long start = System.nanoTime();
    try (Engine engine = builder.build()) {
      engine.save(output);
      print(engine, (System.nanoTime() - start) / 1e9);
    }
  }

  private void print(Engine engine, double seconds) throws IOException {
    long size = Files.size(output);
    say(Text.format("built in %.1f s: %s (%s)", seconds, output, Text.bytes(size)));
    say("inputs " + engine.inputs() + ", outputs " + engine.outputs());
    engine.profile().forEach((input, range) -> say("profile '" + input + "' " + range));
    ObjectNode root = Json.object();
    root.put("output", output.toString()).put("sizeBytes", size).put("buildSeconds", seconds);
    ObjectNode served = root.putObject("profile");
    engine.profile().forEach((input, range) -> served.put(input, range.toString()));
    report(root);
  }
}
