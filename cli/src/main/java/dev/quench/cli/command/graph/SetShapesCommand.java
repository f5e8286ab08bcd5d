// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.QuenchException;
import dev.quench.cli.converter.DimensionsConverter;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
    Model former = file.model().copy();
    try {
      ShapeInference.withInputShapes(file.model(), shapes);
    } catch (IllegalArgumentException e) {
      throw new CommandException("--shape: " + e.getMessage(), e);
    }
    requireOtherSizes(former);
    return file.model();
  }

  /// Shapes with a symbol do not show whether a constant of the graph, or another input, holds the
  /// size that the symbol replaces. So inference runs with twice each size and, if that fails, with
  /// half.
  private void requireOtherSizes(Model former) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> {
      Shape before = former.graph().value(name).flatMap(Value::shape).orElse(shape);
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (shape.dim(axis) instanceof Dim.Symbolic(String symbol)
            && before.dim(axis) instanceof Dim.Fixed(long size)) {
          sizes.putIfAbsent(symbol, size);
        }
      }
    });
    sizes.forEach((symbol, size) -> {
      Map<String, Long> probed = new LinkedHashMap<>(sizes);
      probed.put(symbol, 2 * size);
      Optional<QuenchException> refusal = refusal(former, probed);
      probed.put(symbol, smaller(size));
      if (refusal.isPresent() && refusal(former, probed).isPresent()) {
        throw new CommandException(
            "--shape: %s cannot be another size than %d, which another input or the graph itself holds; name that input too, or try 'quench export --free'. At %d: %s"
                .formatted(symbol, size, 2 * size, refusal.get().getMessage()),
            refusal.get());
      }
    });
  }

  /// Not 1, to which every size is broadcast.
  private static long smaller(long size) {
    return size <= 2 ? 3 : (size + 1) / 2;
  }

  /// Why the model cannot have these sizes; empty if it can.
  private Optional<QuenchException> refusal(Model former, Map<String, Long> sizes) {
    Map<String, Shape> probed = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> {
      Shape sized = shape;
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (shape.dim(axis) instanceof Dim.Symbolic(String symbol) && sizes.containsKey(symbol)) {
          sized = sized.with(axis, Dim.of(sizes.get(symbol)));
        }
      }
      probed.put(name, sized);
    });
    try {
      ShapeInference.withInputShapes(former.copy(), probed);
      return Optional.empty();
    } catch (QuenchException e) {
      return Optional.of(e);
    }
  }
}
