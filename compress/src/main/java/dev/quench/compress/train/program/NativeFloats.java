// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Creates FP32 tensors of libtorch and accesses their memory.
public final class NativeFloats {
  private NativeFloats() {}

  /// Allocates zeros that outlive the current pointer scope; the caller closes them.
  public static Tensor zeros(long elements) {
    return torch.zeros(elements).retainReference();
  }

  /// Copies the values of a contiguous FP32 tensor.
  public static float[] toArray(Tensor tensor) {
    return memory(tensor).toArray(ValueLayout.JAVA_FLOAT);
  }

  /// Copies values into a contiguous FP32 tensor of as many elements.
  public static void copy(float[] values, Tensor tensor) {
    MemorySegment.copy(values, 0, memory(tensor), ValueLayout.JAVA_FLOAT, 0, values.length);
  }

  /// Allocates a vector of these values that outlives the current pointer scope; the caller closes
  /// it.
  public static Tensor of(float[] values) {
    Tensor tensor = zeros(values.length);
    copy(values, tensor);
    return tensor;
  }

  /// The memory of a contiguous FP32 tensor; valid as long as the tensor.
  @SuppressWarnings("restricted")
  public // documented: needs --enable-native-access
  static MemorySegment memory(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException("the tensor is not contiguous");
    }
    return MemorySegment.ofAddress(tensor.data_ptr().address())
        .reinterpret(Math.multiplyExact(4L, tensor.numel()));
  }
}
