// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/// Which axis of each of a model's inputs counts samples. An input without such an axis holds for
/// the whole call: a sampling rate, a threshold. Immutable, thread-safe.
public final class BatchAxes {
  /// Axis 0 of every input.
  public static final BatchAxes FIRST = new BatchAxes(Map.of());

  private final Map<String, OptionalInt> axes;

  private BatchAxes(Map<String, OptionalInt> axes) {
    this.axes = axes;
  }

  /// The axes that declared shapes suggest.
  ///
  /// Where a symbolic dimension can be the batch, it is the axis of that name: one that stands at
  /// axis 0 of an input, is called something with "batch", or is shared by inputs of different
  /// leading sizes. Among several the one called "batch" comes first, then the one in most inputs,
  /// then the one most often at axis 0. An input without it has axis 0 if that is free. Without
  /// such a symbol, the batch is the leading size of the first input of two or more axes, and
  /// inputs of that leading size have axis 0. All others have none.
  ///
  /// @param inputs declared shape by name, in graph order; those of unknown rank are left out
  public static BatchAxes of(Map<String, Shape> inputs) {
    return new BatchAxes(BatchSymbol.axes(inputs));
  }

  /// These axes, replaced by `said` for the inputs it names.
  ///
  /// @param said by input name; empty for an input without an axis that counts samples
  public BatchAxes with(Map<String, OptionalInt> said) {
    Map<String, OptionalInt> all = new LinkedHashMap<>(axes);
    all.putAll(said);
    return new BatchAxes(Collections.unmodifiableMap(all));
  }

  /// Whether the name of a symbolic dimension says that it counts samples, as "batch_size" does.
  public static boolean isCalledBatch(String symbol) {
    return BatchSymbol.saysBatch(symbol);
  }

  /// The batch axis of one input, 0 for an unknown input; empty if it has none.
  public OptionalInt of(String input) {
    return axes.getOrDefault(input, OptionalInt.of(0));
  }

  /// How many samples the model takes at a time; empty if any number.
  ///
  /// @param inputs declared shape by name
  public OptionalInt fixedSize(Map<String, Shape> inputs) {
    for (Map.Entry<String, Shape> input : inputs.entrySet()) {
      OptionalInt axis = of(input.getKey());
      if (axis.isPresent()
          && axis.getAsInt() < input.getValue().rank()
          && input.getValue().dim(axis.getAsInt()) instanceof Dim.Fixed(long size)
          && size > 0) {
        return OptionalInt.of(Math.clamp(size, 1, Integer.MAX_VALUE));
      }
    }
    return OptionalInt.empty();
  }

  /// Samples `[from, to)` of what is fed to an input; all of it where no axis counts samples.
  public Tensor part(String input, Tensor tensor, long from, long to) {
    OptionalInt axis = of(input);
    return axis.isEmpty() ? tensor : AxisSlice.of(tensor, axis.getAsInt(), from, to);
  }

  @Override
  public String toString() {
    return axes.toString();
  }
}
