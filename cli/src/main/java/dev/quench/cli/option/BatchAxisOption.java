// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Which axis of a model's inputs counts samples.
@OptionGroup("Data")
public final class BatchAxisOption {
  @Option(
      names = "--batch-axis",
      paramLabel = "NAME=K",
      converter = {StringConverter.class, AxisConverter.class},
      description =
          "The axis of an input along which samples lie, from 0, or none for an input that holds for the whole call; default: found from the names and sizes of the model's dimensions.")
  private Map<String, OptionalInt> axes = Map.of();

  /// What the user said.
  ///
  /// @throws CommandException if the model lacks an input or the input lacks the axis
  Map<String, OptionalInt> said(List<TensorSpec> inputs) {
    axes.forEach((name, axis) -> {
      TensorSpec input = InputFit.named("--batch-axis", inputs, name);
      if (axis.orElse(-1) >= input.shape().rank()) {
        throw new CommandException(
            "--batch-axis %s=%d: the model takes %s, which has %d axes counted from 0"
                .formatted(name, axis.orElse(-1), input, input.shape().rank()));
      }
    });
    return axes;
  }

  /// The axes of all inputs.
  BatchAxes of(List<TensorSpec> inputs) {
    return new ModelInputs(inputs).suggestedAxes().with(said(inputs));
  }

  /// Reads `1` or `none`; anything else is wrong usage.
  static final class AxisConverter implements ITypeConverter<OptionalInt> {
    @Override
    public OptionalInt convert(String text) {
      if (text.equals("none")) {
        return OptionalInt.empty();
      }
      try {
        int axis = Integer.parseInt(text);
        if (axis >= 0) {
          return OptionalInt.of(axis);
        }
      } catch (NumberFormatException e) {
        throw new TypeConversionException(malformed(text));
      }
      throw new TypeConversionException(malformed(text));
    }

    private static String malformed(String text) {
      return "'" + text + "' is neither an axis from 0 nor none";
    }
  }
}
