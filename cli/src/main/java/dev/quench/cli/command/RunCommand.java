// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.engine.UserEngineCache;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.FileNames;
import dev.quench.cli.output.InputFiles;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.cli.picture.PictureOptions;
import dev.quench.cli.picture.PictureOutput;
import dev.quench.data.array.NpyFile;
import dev.quench.data.image.ImageInput;
import dev.quench.graph.Model;
import dev.quench.pipeline.picture.PictureAnswer;
import dev.quench.pipeline.picture.PictureDecoder;
import dev.quench.pipeline.picture.PictureTask;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs one inference.
@VectorKernels
@Command(
    name = "run",
    header = "Runs one inference on a picture or on .npy files.",
    description = {
      "Runs one inference on a picture and says what the model sees: the best classes, boxes, a mask or text. "
          + "With -o FILE.png it draws boxes and masks over the picture.",
      "Or runs on arrays from .npy files and writes the outputs as .npy files."
    },
    footer = {
      "  quench run model.onnx --image cat.jpg --preprocess imagenet --labels classes.txt",
      "  quench run yolo.onnx --image street.jpg --preprocess yolo-640 --labels coco \\",
      "      --task yolo -o boxes.png",
      "  quench run model.onnx --input image=cat.npy -o outputs"
    })
public final class RunCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file, or a TensorRT engine.")
  private Path model;

  @Mixin private EngineOptions engines;

  @Option(
      names = "--input",
      paramLabel = "NAME=FILE",
      description = "An input and the .npy file with its value; repeat for each input.")
  private Map<String, Path> inputs = Map.of();

  @Mixin private PictureOptions picture;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR|FILE",
      description =
          "Folder for the outputs, one .npy file each; created if missing. With --image also FILE.png for the drawing, or FILE.txt for what is printed.")
  private @Nullable Path output;

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
    picture.check(this);
    checkOutput();
    BackendOption.check(List.of(backend), this);
    if (EngineOptions.isEngine(model)) {
      if (precision != null) {
        throw wrongUsage("an engine's precision was fixed when it was built; omit --precision");
      }
      try (Engine engine = engines.load(model);
          Session session = engine.openSession()) {
        run(session, EngineOptions.interfaceOf(engine), engine.inputs(), "tensorrt");
      }
      return;
    }
    ModelFile file = ModelFile.read(model, this);
    Backend chosen = UserEngineCache.of(BackendOption.available(backend, file.model(), this), this);
    if (precision != null && !chosen.name().equals("tensorrt")) {
      throw wrongUsage(
          "--precision is for tensorrt; " + chosen.name() + " runs a model in the types it has");
    }
    SessionOptions options =
        SessionOptions.DEFAULT.withPrecision(precision == null ? file.precision() : precision);
    Fed fed = feed(file.model(), file.inputs());
    try (Session session = chosen.open(file.model(), options)) {
      answer(session, file.model(), fed, chosen.name());
    }
  }

  private void checkOutput() throws IOException {
    Path target = output;
    if (target == null) {
      if (picture.image() == null) {
        throw wrongUsage("give --image FILE, or --input NAME=FILE and -o DIR");
      }
    } else if (PictureOutput.isFile(target)) {
      if (picture.image() == null) {
        throw wrongUsage("-o " + target + " needs --image; name a folder for arrays");
      }
      checkOutputs(target);
    } else {
      OutputFile.checkFolder(target);
    }
  }

  private void run(Session session, Model described, List<TensorSpec> specs, String backendName)
      throws IOException {
    answer(session, described, feed(described, specs), backendName);
  }

  /// @param image the picture among the tensors, if there is one
  private record Fed(Map<String, Tensor> tensors, Optional<ImageInput> image) {}

  private void answer(Session session, Model described, Fed fed, String backendName)
      throws IOException {
    Path target = output;
    boolean folder = target != null && !PictureOutput.isFile(target);
    if (target != null && folder) {
      OutputFile.prepareFolder(target);
    }
    Map<String, Tensor> outputs = session.run(fed.tensors());
    ObjectNode root = Json.object().put("backend", backendName);
    if (fed.image().isPresent()) {
      ImageInput image = fed.image().get();
      PictureDecoder decoder = picture.decoder(described);
      PictureTask task =
          picture
              .task()
              .orElseGet(() ->
                  PictureTask.of(outputs, described.metadata(), !decoder.dictionary().isEmpty()));
      PictureAnswer answer = decoder.decode(task, outputs, image);
      new PictureOutput(this, root.put("task", task.spelling())).print(answer);
      if (target != null && !folder) {
        PictureOutput.write(target, answer, image.image(), this);
      }
    }
    if (target != null && folder) {
      write(outputs, target, root.putArray("outputs"));
    }
    report(root);
  }

  private Fed feed(Model described, List<TensorSpec> specs) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Optional<ImageInput> image = Optional.empty();
    Path file = picture.image();
    for (TensorSpec spec : specs) {
      Path source = inputs.get(spec.name());
      if (source != null) {
        tensors.put(spec.name(), NpyFile.read(source));
      } else if (file != null && image.isEmpty()) {
        image = Optional.of(picture.read(file, described, spec, this));
        tensors.put(spec.name(), image.get().tensor());
      } else {
        throw wrongUsage("no --input for " + spec + "; the inputs are " + specs);
      }
    }
    for (String name : inputs.keySet()) {
      if (!tensors.containsKey(name)) {
        throw wrongUsage("the model has no input '" + name + "'; the inputs are " + specs);
      }
    }
    if (file != null && image.isEmpty()) {
      throw wrongUsage("every input has an --input, so --image feeds none");
    }
    return new Fed(tensors, image);
  }

  private Map<String, Path> targets(Collection<String> results, Path folder) throws IOException {
    InputFiles read = inputs(List.of(folder));
    FileNames names = new FileNames();
    Map<String, Path> targets = new LinkedHashMap<>();
    for (String result : results) {
      Path target = folder.resolve(names.of(result) + ".npy");
      refuseInput(read, target);
      targets.put(result, target);
    }
    return targets;
  }

  private void write(Map<String, Tensor> results, Path folder, ArrayNode list) throws IOException {
    Map<String, Path> targets = targets(results.keySet(), folder);
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
  }
}
