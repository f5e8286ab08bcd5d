// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The values that instructions compute, collected during recognition.
final class Activations {
  private final IdentityHashMap<Value, Activation> known = new IdentityHashMap<>();

  void put(Value value, Activation activation) {
    known.put(value, activation);
  }

  void remove(Value value) {
    known.remove(value);
  }

  /// The activation of a value; null if ONNX Runtime computes it.
  @Nullable Activation get(Value value) {
    return known.get(value);
  }

  /// The value as signs; null if it is something else.
  Activation.@Nullable Signs signs(Value value) {
    return known.get(value) instanceof Activation.Signs signs ? signs : null;
  }

  /// The value as floats that an instruction computes; null if it is something else.
  Activation.@Nullable Reals reals(Value value) {
    return known.get(value) instanceof Activation.Reals reals ? reals : null;
  }

  /// Channels of a FLOAT value of shape `[N, C]` or `[N, C, H, W]`, if the graph fixes their
  /// number.
  static OptionalInt declaredChannels(Value value) {
    Optional<Shape> shape = value.shape();
    boolean fits =
        value.dataType().equals(Optional.of(DataType.FLOAT))
            && shape.isPresent()
            && (shape.get().rank() == 2 || shape.get().rank() == 4);
    return fits
            && shape.get().dim(1) instanceof Dim.Fixed(long size)
            && size > 0
            && size <= Integer.MAX_VALUE / 64
        ? OptionalInt.of((int) size)
        : OptionalInt.empty();
  }
}
