// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.Printable;
import dev.quench.cli.output.CommandException;
import dev.quench.graph.Model;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Whether data can be fed to a model: found on the first sample, before any work.
public final class InputFit {
  private InputFit() {}

  /// Checks names, types and all dimensions but those that count samples.
  ///
  /// @throws CommandException naming the input, what the data give and what the model takes
  public static void check(Dataset data, Model model) throws IOException {
    List<TensorSpec> inputs = ModelInputs.of(model).specs();
    try (Stream<Batch> batches = data.batches(1)) {
      Batch first =
          batches
              .findFirst()
              .orElseThrow(() -> new CommandException(data.description() + " holds no sample"));
      for (TensorSpec input : inputs) {
        Tensor given = first.inputs().get(input.name());
        if (given == null) {
          throw new CommandException(
              "%s gives %s, but the model also takes %s; name data for it"
                  .formatted(data.description(), first.inputs().keySet(), input));
        }
        if (given.dataType() != input.dataType()
            || !fits(given.shape(), input.shape(), first.axes().of(input.name()))) {
          throw new CommandException(
              "%s gives samples %s %s, but the model takes %s; choose data of that type and shape"
                  .formatted(data.description(), given.dataType(), given.shape(), input));
        }
      }
      for (String name : first.inputs().keySet()) {
        if (inputs.stream().noneMatch(input -> input.name().equals(name))) {
          throw new CommandException(
              "%s gives '%s', but the model takes %s; leave it out or rename it"
                  .formatted(data.description(), name, inputs));
        }
      }
    }
  }

  /// The input of that name.
  ///
  /// @param option that names it, for the message
  /// @throws CommandException if the model lacks it
  static TensorSpec named(String option, List<TensorSpec> inputs, String name) {
    return inputs.stream()
        .filter(input -> input.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new CommandException(
                "%s: the model has no input '%s'; its inputs are %s"
                    .formatted(option, Printable.escape(name), inputs)));
  }

  private static boolean fits(Shape given, Shape wanted, OptionalInt samples) {
    if (given.rank() != wanted.rank()) {
      return false;
    }
    for (int axis = 0; axis < given.rank(); axis++) {
      if (!samples.equals(OptionalInt.of(axis))
          && wanted.dim(axis) instanceof Dim.Fixed(long size)
          && given.size(axis) != size) {
        return false;
      }
    }
    return true;
  }
}
