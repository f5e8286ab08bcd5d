// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// A GPU with its driver and kernel compiler.
///
/// @param name for example `NVIDIA L4`
/// @param computeMajor first part of the compute capability
/// @param computeMinor second part of the compute capability
/// @param multiprocessors their number
/// @param memoryBytes total device memory
/// @param driverCuda newest CUDA version that the driver supports, for example `13.0`
/// @param compiler version of NVRTC, for example `13.1`
public record GpuDescription(
    String name,
    int computeMajor,
    int computeMinor,
    int multiprocessors,
    long memoryBytes,
    String driverCuda,
    String compiler) {
  /// Compute capability, for example `8.9`.
  public String computeCapability() {
    return computeMajor + "." + computeMinor;
  }
}
