// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.train.libtorch.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;

/// What a function gives for a tensor, the gradient that reaches its input, and what the input
/// holds afterwards.
@SuppressWarnings("ArrayRecordComponent") // read by the tests alone
public record ForwardAndBackward(float[] values, float[] gradients, float[] input) {
  /// As the other, with a gradient of ones, for a shape of one axis unless another is given.
  public static ForwardAndBackward of(
      float[] values, UnaryOperator<Tensor> function, long... shape) {
    float[] ones = new float[values.length];
    Arrays.fill(ones, 1);
    return of(values, ones, function, shape.length == 0 ? new long[] {values.length} : shape);
  }

  /// @param upstream the gradient of the function's value
  public static ForwardAndBackward of(
      float[] values, float[] upstream, UnaryOperator<Tensor> function, long... shape) {
    try (PointerScope _ = new PointerScope()) {
      Tensor x = tensor(values, shape).set_requires_grad(true);
      Tensor y = function.apply(x);
      y.backward(tensor(upstream, shape), new BoolOptional(), false, new TensorArrayRefOptional());
      return new ForwardAndBackward(floats(y.detach()), floats(x.grad()), floats(x.detach()));
    }
  }

  /// A tensor of these values; the current pointer scope owns it.
  public static Tensor tensor(float[] values, long... shape) {
    Tensor flat = torch.zeros(values.length);
    MemorySegment.copy(
        values, 0, NativeFloats.memory(flat), ValueLayout.JAVA_FLOAT, 0, values.length);
    return flat.view(shape);
  }

  /// The values of a tensor in row-major order.
  public static float[] floats(Tensor tensor) {
    return NativeFloats.memory(tensor.contiguous()).toArray(ValueLayout.JAVA_FLOAT);
  }
}
