// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.subgraph.Subgraph;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Cuts a part out of a model.
@Command(
    name = "extract",
    header = "Writes the part of a model between tensors.",
    description =
        "Writes the part of a model that computes the tensors of --to from those of --from. Inputs of the model that it reads beside them stay inputs, which a note says.",
    footer = "  quench graph extract model.onnx -o part.onnx --from relu_3 --to pool_7,pool_8")
public final class ExtractCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--from",
      paramLabel = "TENSOR",
      split = ",",
      description = "Where it begins; several by commas or by repeating. Default: the inputs.")
  private List<String> from = List.of();

  @Option(
      names = "--to",
      paramLabel = "TENSOR",
      split = ",",
      description = "Where it ends; several by commas or by repeating. Default: the outputs.")
  private List<String> to = List.of();

  @Mixin private FeedableInitializers initializers;

  @Override
  public void execute() throws IOException {
    if (from.isEmpty() && to.isEmpty()) {
      throw wrongUsage("give --from, --to or both");
    }
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    Model part = Subgraph.between(file.model(), from, to);
    List<String> others =
        part.graph().requiredInputs().stream()
            .map(Value::name)
            .filter(name -> !from.contains(name))
            .toList();
    if (!from.isEmpty() && !others.isEmpty()) {
      note(
          "note: the part also reads %s of the model's inputs; name further tensors by --from to cut these off"
              .formatted(String.join(", ", others)));
    }
    ObjectNode root = WrittenModel.write(part, output, this);
    root.put("nodesBefore", file.model().graph().nodes().size());
    report(root);
  }
}
