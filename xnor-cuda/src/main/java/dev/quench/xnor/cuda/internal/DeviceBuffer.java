// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Memory of a device. Closing it twice is harmless.
///
/// Use after close throws [IllegalStateException].
public interface DeviceBuffer extends AutoCloseable {
  /// Its address on the device.
  long address();

  long bytes();

  @Override
  void close();
}
