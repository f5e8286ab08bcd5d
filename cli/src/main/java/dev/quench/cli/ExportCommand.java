// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.eval.Backends;
import dev.quench.export.Refusal;
import dev.quench.export.TensorRtTarget;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes a model for a target, having checked that the target takes it.
@Command(
    name = "export",
    header = "Writes a model for a target, having checked that it takes it.",
    descriptionHeading = "%n",
    description = {
      "Writes a model for a target, having checked that the target can import it.",
      "For tensorrt this needs no GPU: op types, data types, scales, zero points and ranks are held against what TensorRT 10 "
          + "imports. Every node that it would refuse is named; the exit code is then 3 and nothing is written, unless --force."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = "  quench export model.int8.onnx -o checked.onnx --target tensorrt")
final class ExportCommand extends QuenchCommand {
  /// Where a model is to run.
  enum Target {
    TENSORRT,
    ONNXRUNTIME;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Where the model goes.")
  private Path output;

  @Option(
      names = "--target",
      paramLabel = "T",
      required = true,
      description = "tensorrt or onnxruntime.")
  private Target target;

  @Option(names = "--force", description = "Write the model even if the target refuses it.")
  private boolean force;

  @Override
  void execute() throws IOException {
    OutputFile.check(output);
    ModelFile file = ModelFile.read(model);
    List<Refusal> refusals =
        switch (target) {
          case TENSORRT -> TensorRtTarget.check(file.model());
          case ONNXRUNTIME -> {
            checkOnnxRuntime(file);
            yield List.of();
          }
        };
    boolean written = refusals.isEmpty() || force;
    if (written) {
      OnnxWriter.write(file.model(), output);
    }
    print(refusals, written);
    if (!written) {
      throw new CheckFailedException(
          "%s would refuse %d node%s; nothing is written (--force writes it all the same)"
              .formatted(target, refusals.size(), refusals.size() == 1 ? "" : "s"));
    }
  }

  private static void checkOnnxRuntime(ModelFile file) {
    SessionOptions options = SessionOptions.DEFAULT.withOptimization(false);
    try (Session session = Backends.named("onnxruntime").open(file.model(), options)) {
      session.inputs();
    }
  }

  private void print(List<Refusal> refusals, boolean written) throws IOException {
    ObjectNode root = Json.object();
    root.put("target", target.toString());
    root.put("written", written);
    ArrayNode list = root.putArray("refusals");
    for (Refusal refusal : refusals) {
      say(refusal.node() + ": " + refusal.reason() + "; " + refusal.remedy());
      list.addObject()
          .put("node", refusal.node())
          .put("reason", refusal.reason())
          .put("remedy", refusal.remedy());
    }
    if (written) {
      root.put("output", output.toString());
      root.put("sizeBytes", Files.size(output));
      say(
          refusals.isEmpty()
              ? target + " takes it: " + output
              : "written although " + target + " would refuse it: " + output);
    }
    report(root);
  }
}
