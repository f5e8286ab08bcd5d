// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.converter.Shapes;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.graph.Model;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// Which dimensions of a model's inputs become free, and which get a size.
@OptionGroup("Model")
public final class DimensionOptions {
  private static final String EVERY_INPUT = "*";
  private static final Pattern NAMED_AXIS = Pattern.compile("(.+):([0-9]{1,3})=(.+)");

  /// Names that some exporters give to every dimension that has none.
  private static final Set<String> NAMELESS = Set.of("?", "-1", "None");

  @Option(
      names = "--free",
      paramLabel = "AXES",
      split = ",",
      description =
          "Make fixed dimensions free: batch, image (height and width), or INPUT:AXIS=NAME for one axis of one input; several by commas.")
  private List<String> free = List.of();

  @Option(
      names = "--fix",
      paramLabel = "NAME=SIZE",
      description =
          "Give a free dimension a size, or an input with dimensions without a name its shape, as in x=1x512; may be repeated.")
  private Map<String, String> fix = Map.of();

  public boolean frees() {
    return !free.isEmpty();
  }

  public boolean fixes() {
    return !fix.isEmpty();
  }

  /// What `--free` asks for.
  public FreeDimensions freeing(QuenchCommand command) {
    Map<String, Map<Integer, String>> axes = new LinkedHashMap<>();
    for (String each : free) {
      Matcher named = NAMED_AXIS.matcher(each);
      switch (each) {
        case "batch" -> axes(axes, EVERY_INPUT).put(0, "batch");
        case "image" -> axes(axes, EVERY_INPUT).putAll(Map.of(2, "height", 3, "width"));
        case String _ when named.matches() ->
            axes(axes, named.group(1)).put(Integer.parseInt(named.group(2)), named.group(3));
        default ->
            throw command.wrongUsage(
                "--free %s: expected batch, image or INPUT:AXIS=NAME, such as x:0=batch"
                    .formatted(each));
      }
    }
    return new FreeDimensions(axes);
  }

  /// The names of the leading axes that `--free` asks for: they count samples.
  public Set<String> batchSymbols() {
    Set<String> symbols = new LinkedHashSet<>();
    for (String each : free) {
      Matcher named = NAMED_AXIS.matcher(each);
      if (each.equals("batch")) {
        symbols.add(each);
      } else if (named.matches() && Integer.parseInt(named.group(2)) == 0) {
        symbols.add(named.group(3));
      }
    }
    return symbols;
  }

  /// What `--fix` asks for.
  ///
  /// @throws CommandException if the model has neither a free dimension nor an input of a name
  public FixDimensions fixing(Model model, QuenchCommand command) {
    Set<String> inputs = new LinkedHashSet<>();
    Set<String> dimensions = new LinkedHashSet<>();
    model
        .graph()
        .requiredInputs()
        .forEach(input -> {
          inputs.add(input.name());
          input.shape().map(Shape::dims).orElse(List.of()).stream()
              .filter(dim -> dim instanceof Dim.Symbolic(String name) && !NAMELESS.contains(name))
              .forEach(dim -> dimensions.add(dim.toString()));
        });
    Map<String, Long> sizes = new LinkedHashMap<>();
    Map<String, Shape> shapes = new LinkedHashMap<>();
    fix.forEach((name, text) -> {
      Shape shape;
      try {
        shape = Shapes.parse(text);
      } catch (IllegalArgumentException e) {
        throw command.wrongUsage("--fix " + name + ": " + e.getMessage());
      }
      if (dimensions.contains(name) && shape.rank() == 1) {
        sizes.put(name, shape.size(0));
      } else if (inputs.contains(name)) {
        shapes.put(name, shape);
      } else {
        throw new CommandException(
            "--fix %s: the model has no free dimension and no input of that name; dimensions %s, inputs %s"
                .formatted(name, dimensions, model.graph().requiredInputs()));
      }
    });
    return new FixDimensions(sizes, shapes);
  }

  private static Map<Integer, String> axes(Map<String, Map<Integer, String>> all, String input) {
    return all.computeIfAbsent(input, _ -> new LinkedHashMap<>());
  }
}
