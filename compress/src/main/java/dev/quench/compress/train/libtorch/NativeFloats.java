// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Creates FP32 tensors of libtorch and accesses their memory.
public final class NativeFloats {
  private NativeFloats() {}

  /// Allocates zeros on the processor that outlive the current pointer scope; the caller closes
  /// them.
  public static Tensor zeros(long elements) {
    return torch.zeros(elements).retainReference();
  }

  /// Allocates zeros on a device that outlive the current pointer scope; the caller closes them.
  public static Tensor zeros(long elements, Device device) {
    Tensor zeros = torch.zeros(elements);
    return device.place(zeros, ScalarType.Float).retainReference();
  }

  /// Allocates zeros in the shape and on the device of another tensor; the caller closes them.
  public static Tensor zerosLike(Tensor other) {
    return torch.zeros_like(other).retainReference();
  }

  /// Copies the values of a contiguous FP32 tensor on any device.
  public static float[] toArray(Tensor tensor) {
    if (tensor.is_cpu()) {
      return memory(tensor).toArray(ValueLayout.JAVA_FLOAT);
    }
    try (Tensor host = tensor.cpu()) {
      return memory(host).toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /// Copies values into a contiguous FP32 tensor of as many elements on any device.
  public static void copy(float[] values, Tensor tensor) {
    if (tensor.is_cpu()) {
      MemorySegment.copy(values, 0, memory(tensor), ValueLayout.JAVA_FLOAT, 0, values.length);
      return;
    }
    try (Tensor host = torch.zeros_like(tensor.cpu());
        NoGradGuard _ = new NoGradGuard()) {
      MemorySegment.copy(values, 0, memory(host), ValueLayout.JAVA_FLOAT, 0, values.length);
      tensor.copy_(host);
    }
  }

  /// Allocates these values in the shape and on the device of another tensor; the caller closes
  /// them.
  public static Tensor like(Tensor other, float[] values) {
    Tensor tensor = zerosLike(other);
    copy(values, tensor);
    return tensor;
  }

  /// The memory of a contiguous FP32 tensor on the processor; valid as long as the tensor.
  @SuppressWarnings("restricted")
  public // documented: needs --enable-native-access
  static MemorySegment memory(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException("the tensor is not contiguous");
    }
    if (tensor.numel() == 0) {
      return MemorySegment.NULL; // libtorch has no address for it
    }
    return MemorySegment.ofAddress(tensor.data_ptr().address())
        .reinterpret(Math.multiplyExact(4L, tensor.numel()));
  }
}
