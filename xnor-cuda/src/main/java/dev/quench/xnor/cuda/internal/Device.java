// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;

/// What runs kernels: a GPU, or in tests something that stands for one. What is enqueued runs in
/// order. For one thread at a time.
public interface Device extends AutoCloseable {
  /// A new buffer full of zeros.
  DeviceBuffer allocate(long bytes);

  void write(DeviceBuffer buffer, int[] values);

  void write(DeviceBuffer buffer, float[] values);

  void write(DeviceBuffer buffer, byte[] values);

  /// Waits for all that is enqueued, and reads as many integers from the start of the buffer as the
  /// array holds.
  void read(DeviceBuffer buffer, int[] values);

  /// Enqueues filling a buffer with zeros.
  void clear(DeviceBuffer buffer);

  /// @param kernel a function of [KernelSource]
  /// @param blocksX first dimension of the grid
  /// @param blocksY second dimension of the grid
  /// @param threads of a block
  Launch prepare(String kernel, int blocksX, int blocksY, int threads, long[] arguments);

  /// Whether the device has the instructions for it.
  boolean supports(BinaryKernel kernel);

  /// Whether the tensor cores do AND and not XOR.
  boolean prefersAnd();

  @Override
  void close();
}
