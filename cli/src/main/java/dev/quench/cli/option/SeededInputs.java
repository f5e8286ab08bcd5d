// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.data.array.RandomDataset;
import dev.quench.graph.ValueType;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One set of seeded random inputs.
public final class SeededInputs {
  private SeededInputs() {}

  /// A value for each input; equal seeds give equal bits.
  ///
  /// @param inputs of static shape
  /// @param axes that count samples
  /// @param values of some inputs, which get no noise
  /// @throws CommandException if an input is a setting of the whole call
  public static Map<String, Tensor> of(
      List<TensorSpec> inputs, BatchAxes axes, Map<String, Tensor> values, long seed) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (TensorSpec input : inputs) {
      Tensor value = values.get(input.name());
      if (value == null) {
        value = input.shape().elements() == 0 ? empty(input) : noise(input, axes, seed);
      }
      all.put(input.name(), value);
    }
    return all;
  }

  /// Refuses noise for one whole number that holds for all samples: a sampling rate that is 0 or 1
  /// has ended the process in native code.
  ///
  /// @throws CommandException naming the option that gives its value
  static void refuseSetting(TensorSpec input, BatchAxes axes) {
    if (axes.of(input.name()).isEmpty()
        && input.dataType().isInteger()
        && input.dataType() != DataType.BOOL
        && input.shape().isStatic()
        && input.shape().elements() == 1) {
      throw new CommandException(
          "input %s is one whole number for the whole call, such as a sampling rate, for which noise means nothing; give it with --value %s=N"
              .formatted(input, input.name()));
    }
  }

  private static Tensor noise(TensorSpec input, BatchAxes axes, long seed) {
    refuseSetting(input, axes);
    // A scalar has no axis that could count samples.
    Shape shape = input.shape().rank() == 0 ? Shape.of(1) : input.shape();
    return noise(input, shape, seed).reshape(input.shape());
  }

  /// The only value that a shape without elements has.
  private static Tensor empty(TensorSpec input) {
    return input.dataType() == DataType.STRING
        ? Tensor.ofStrings(input.shape(), List.of())
        : Tensor.of(input.dataType(), input.shape(), MemorySegment.ofArray(new byte[0]));
  }

  private static Tensor noise(TensorSpec input, Shape shape, long seed) {
    var type = ValueType.tensor(input.dataType(), shape);
    int samples = Math.toIntExact(shape.size(0));
    return RandomDataset.of(Map.of(input.name(), type), seed, samples)
        .batches(samples)
        .findFirst()
        .orElseThrow()
        .inputs()
        .values()
        .iterator()
        .next();
  }
}
