// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import dev.quench.cli.converter.DimensionsConverter;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Gives a model's inputs other shapes.
@Command(
    name = "set-shapes",
    header = "Gives the inputs of a model other shapes.",
    description = {
      "Gives the inputs of a model other shapes and infers all others anew. A free dimension keeps its name in all inputs; a size given for it holds in all of them.",
      "Refuses shapes that the network cannot take. To free the batch where the graph itself holds its size, use 'quench export --free'."
    },
    footer = "  quench graph set-shapes model.onnx -o fixed.onnx --shape x=1x3x224x224")
public final class SetShapesCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--shape",
      paramLabel = "INPUT=SHAPE",
      required = true,
      converter = {dev.quench.cli.converter.StringConverter.class, DimensionsConverter.class},
      description =
          "Sizes or names separated by x, such as images=Nx3x224x224; repeat for each input.")
  private Map<String, Shape> shapes;

  @Mixin private FeedableInitializers initializers;

  @Override
  public void execute() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    try {
      ShapeInference.withInputShapes(file.model(), shapes);
    } catch (IllegalArgumentException e) {
      throw new CommandException("--shape: " + e.getMessage(), e);
    }
    report(WrittenModel.write(file.model(), output, this));
  }
}
