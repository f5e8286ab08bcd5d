// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Products of matrices that are not bits: `[rows, depth] × [columns, depth]ᵀ`, all row-major.
interface ReferenceProducts extends AutoCloseable {
  /// Enqueues a product of 32-bit floats, in that precision.
  Runnable fp32(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth);

  /// Enqueues a product of bytes with sums of 32 bits; columns and depth are multiples of 4.
  Runnable int8(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth);

  String version();

  @Override
  void close();
}
