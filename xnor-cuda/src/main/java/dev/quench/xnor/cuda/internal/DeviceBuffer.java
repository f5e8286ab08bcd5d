// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Memory of a device. Closing twice is harmless.
///
/// Use after close is refused with [IllegalStateException].
public interface DeviceBuffer extends AutoCloseable {
  /// Where it lies on the device.
  long address();

  long bytes();

  @Override
  void close();
}
