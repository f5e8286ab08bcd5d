// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// Sets denormal weights to zero.
///
/// 1. Each element of a FLOAT initializer with `0 < |w| < 2^-126` → 0 of its sign.
///
/// Such numbers result from long training with weight decay. They are too small to affect a result,
/// but each product with one costs a hundred cycles or more on processors that compute IEEE 754
/// denormals. Unchanged: initializers that a graph input can override. Stateless.
public final class FlushDenormals implements Transformation<FlushDenormals.Count> {
  /// Counts of denormal numbers and of the tensors that hold them.
  ///
  /// @param denormal elements of FLOAT initializers
  /// @param elements of all FLOAT initializers
  /// @param tensors that hold a denormal number
  public record Count(long denormal, long elements, int tensors) {
    private Count plus(Count other) {
      return new Count(
          denormal + other.denormal, elements + other.elements, tensors + other.tensors);
    }

    /// Formats the counts, for example `447231 of 741192 weights are denormal, in 17 tensors`.
    @Override
    public String toString() {
      return "%d of %d weights are denormal, in %d tensor%s"
          .formatted(denormal, elements, tensors, tensors == 1 ? "" : "s");
    }
  }

  @Override
  public String name() {
    return "flush-denormals";
  }

  /// Counts the denormal weights of a model, including nested graphs.
  public static Count count(Model model) {
    Count all = new Count(0, 0, 0);
    for (Graph graph : NestedGraphs.of(model)) {
      for (Value value : graph.initializers()) {
        all = all.plus(count(value));
      }
    }
    return all;
  }

  private static Count count(Value value) {
    Optional<Tensor> tensor = floats(value);
    if (tensor.isEmpty()) {
      return new Count(0, 0, 0);
    }
    long denormal = 0;
    for (long i = 0; i < tensor.get().elements(); i++) {
      denormal += isDenormal((float) tensor.get().doubleAt(i)) ? 1 : 0;
    }
    return new Count(denormal, tensor.get().elements(), denormal > 0 ? 1 : 0);
  }

  /// @return counts of the elements that were set to zero
  @Override
  public Count apply(Model model) {
    Count flushed = new Count(0, 0, 0);
    for (Graph graph : NestedGraphs.of(model)) {
      for (Value value : graph.initializers()) {
        Count found = value.isGraphInput() ? new Count(0, 0, 0) : count(value);
        if (found.denormal() > 0) {
          graph.setInitializer(value, flushed(floats(value).orElseThrow()));
          flushed = flushed.plus(found);
        }
      }
    }
    return flushed;
  }

  private static Tensor flushed(Tensor tensor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = isDenormal(values[i]) ? Math.copySign(0f, values[i]) : values[i];
    }
    return Tensor.ofFloats(tensor.shape(), values);
  }

  private static Optional<Tensor> floats(Value value) {
    return value.initializer().filter(tensor -> tensor.dataType() == DataType.FLOAT);
  }

  private static boolean isDenormal(float value) {
    return value != 0 && Math.abs(value) < Float.MIN_NORMAL;
  }
}
