// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;

/// Runs kernels: a GPU, or a stand-in for one in tests. Enqueued work runs in order. Not
/// thread-safe.
public interface Device extends AutoCloseable {
  /// Allocates a buffer of zeros.
  DeviceBuffer allocate(long bytes);

  void write(DeviceBuffer buffer, int[] values);

  void write(DeviceBuffer buffer, float[] values);

  void write(DeviceBuffer buffer, byte[] values);

  /// Waits for all enqueued work and reads the start of the buffer into the whole array.
  void read(DeviceBuffer buffer, int[] values);

  /// Enqueues a fill of the buffer with zeros.
  void clear(DeviceBuffer buffer);

  /// @param kernel a function of [KernelSource]
  /// @param blocksX first dimension of the grid
  /// @param blocksY second dimension of the grid
  /// @param threads per block
  Launch prepare(String kernel, int blocksX, int blocksY, int threads, long[] arguments);

  /// Whether the device has the instructions that the kernel needs.
  boolean supports(BinaryKernel kernel);

  /// Whether the tensor cores execute AND in hardware, but not XOR.
  boolean prefersAnd();

  @Override
  void close();
}
