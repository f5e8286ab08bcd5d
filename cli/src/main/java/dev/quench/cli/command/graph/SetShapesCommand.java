// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.DimensionsConverter;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.graph.Model;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Gives a model's inputs other shapes.
@Command(
    name = "set-shapes",
    header = "Gives the inputs of a model other shapes.",
    description = {
      "Gives the inputs of a model other shapes and infers all others anew. A free dimension keeps its name in all inputs; a size given for it holds in all of them.",
      "Refuses shapes that the network cannot take. To free the batch where the graph itself holds its size, use 'quench export --free'."
    },
    footer = "  quench graph set-shapes model.onnx -o fixed.onnx --shape x=1x3x224x224")
public final class SetShapesCommand extends GraphEdit {
  @Option(
      names = "--shape",
      paramLabel = "INPUT=SHAPE",
      required = true,
      converter = {dev.quench.cli.converter.StringConverter.class, DimensionsConverter.class},
      description =
          "Sizes or names separated by x, such as images=Nx3x224x224; repeat for each input.")
  private Map<String, Shape> shapes;

  @Override
  Model edit(ModelFile file, ObjectNode facts) {
    try {
      ShapeInference.withInputShapes(file.model(), shapes);
    } catch (IllegalArgumentException e) {
      throw new CommandException("--shape: " + e.getMessage(), e);
    }
    return file.model();
  }
}
