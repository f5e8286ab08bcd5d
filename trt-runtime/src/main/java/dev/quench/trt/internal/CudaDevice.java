// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

/// A GPU, as described by the driver.
///
/// @param name for example `NVIDIA L4`
/// @param computeMajor first part of the compute capability
/// @param computeMinor second part of the compute capability
/// @param memoryBytes its total memory
/// @param multiprocessors number of multiprocessors
public record CudaDevice(
    String name, int computeMajor, int computeMinor, long memoryBytes, int multiprocessors) {
  /// For example `8.9`.
  public String computeCapability() {
    return computeMajor + "." + computeMinor;
  }

  /// Whether this device is of compute capability `major.minor` or newer.
  public boolean isAtLeast(int major, int minor) {
    return computeMajor > major || (computeMajor == major && computeMinor >= minor);
  }

  @Override
  public String toString() {
    return name + ", compute capability " + computeCapability();
  }
}
