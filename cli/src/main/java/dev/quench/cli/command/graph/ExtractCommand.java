// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.ModelFile;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.subgraph.Subgraph;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Cuts a part out of a model.
@Command(
    name = "extract",
    header = "Writes the part of a model between tensors.",
    description =
        "Writes the part of a model that computes the tensors of --to from those of --from. Inputs of the model that it reads beside them stay inputs, which a note says.",
    footer = "  quench graph extract model.onnx -o part.onnx --from relu_3 --to pool_7,pool_8")
public final class ExtractCommand extends GraphEdit {
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

  @Override
  Model edit(ModelFile file, ObjectNode facts) {
    if (from.isEmpty() && to.isEmpty()) {
      throw wrongUsage("give --from, --to or both");
    }
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
    facts.put("nodesBefore", file.model().graph().nodes().size());
    return part;
  }
}
