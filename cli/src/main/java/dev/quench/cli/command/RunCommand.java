// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.EngineOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.FileNames;
import dev.quench.cli.output.InputFiles;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.data.array.NpyFile;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs one inference.
@VectorKernels
@Command(
    name = "run",
    header = "Runs one inference on .npy files.",
    description =
        "Runs one inference on arrays from .npy files and writes the outputs as .npy files.",
    footer = "  quench run model.onnx --input image=cat.npy -o outputs")
public final class RunCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file, or a TensorRT engine.")
  private Path model;

  @Mixin private EngineOptions engines;

  @Option(
      names = "--input",
      paramLabel = "NAME=FILE",
      required = true,
      description = "An input and the .npy file with its value; repeat for each input.")
  private Map<String, Path> inputs;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Folder for the outputs, one .npy file each; created if missing.")
  private Path output;

  @Option(
      names = "--backend",
      paramLabel = "B",
      defaultValue = "auto",
      description = "onnxruntime, xnor, tensorrt or auto; default ${DEFAULT-VALUE}.")
  private String backend;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Arithmetic that TensorRT may use: ${COMPLETION-CANDIDATES}; default as the model is.")
  private @Nullable Precision precision;

  @Override
  public void execute() throws IOException {
    OutputFile.checkFolder(output);
    BackendOption.check(List.of(backend), this);
    if (EngineOptions.isEngine(model)) {
      if (precision != null) {
        throw wrongUsage("an engine's precision was fixed when it was built; omit --precision");
      }
      try (Engine engine = engines.load(model);
          Session session = engine.openSession()) {
        run(session, tensors(engine.inputs()), "tensorrt");
      }
      return;
    }
    ModelFile file = ModelFile.read(model);
    Backend chosen = BackendOption.available(backend, file.model(), this);
    if (precision != null && !chosen.name().equals("tensorrt")) {
      throw wrongUsage(
          "--precision is for tensorrt; " + chosen.name() + " runs a model in the types it has");
    }
    SessionOptions options =
        SessionOptions.DEFAULT.withPrecision(precision == null ? file.precision() : precision);
    Map<String, Tensor> tensors = tensors(file.inputs());
    try (Session session = chosen.open(file.model(), options)) {
      run(session, tensors, chosen.name());
    }
  }

  private void run(Session session, Map<String, Tensor> tensors, String backendName)
      throws IOException {
    OutputFile.prepareFolder(output);
    write(session.run(tensors), backendName);
  }

  private Map<String, Tensor> tensors(List<TensorSpec> specs) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      Path source = inputs.get(spec.name());
      if (source == null) {
        throw wrongUsage("no --input for " + spec + "; the inputs are " + specs);
      }
      tensors.put(spec.name(), NpyFile.read(source));
    }
    for (String name : inputs.keySet()) {
      if (!tensors.containsKey(name)) {
        throw wrongUsage("the model has no input '" + name + "'; the inputs are " + specs);
      }
    }
    return tensors;
  }

  private Map<String, Path> targets(Collection<String> results) throws IOException {
    InputFiles read = inputs(List.of(output));
    FileNames names = new FileNames();
    Map<String, Path> targets = new LinkedHashMap<>();
    for (String result : results) {
      Path target = output.resolve(names.of(result) + ".npy");
      refuseInput(read, target);
      targets.put(result, target);
    }
    return targets;
  }

  private void write(Map<String, Tensor> results, String backendName) throws IOException {
    ObjectNode root = Json.object().put("backend", backendName);
    ArrayNode list = root.putArray("outputs");
    Map<String, Path> targets = targets(results.keySet());
    for (Map.Entry<String, Tensor> result : results.entrySet()) {
      Tensor tensor = result.getValue();
      Path target = Objects.requireNonNull(targets.get(result.getKey()));
      NpyFile.write(target, tensor);
      say("'" + result.getKey() + "' " + tensor + ": " + target);
      ObjectNode node = list.addObject();
      node.put("name", result.getKey());
      node.put("dataType", tensor.dataType().name());
      ArrayNode shape = node.putArray("shape");
      for (long size : tensor.shape().sizes()) {
        shape.add(size);
      }
      node.put("file", target.toString());
    }
    report(root);
  }
}
