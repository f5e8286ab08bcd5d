// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// A GPU and the software that drives it.
///
/// @param name for example `NVIDIA L4`
/// @param computeMajor first part of the compute capability
/// @param computeMinor second part of the compute capability
/// @param multiprocessors how many it has
/// @param memoryBytes all of its memory
/// @param driverCuda newest CUDA that the driver supports, for example `13.0`
/// @param compiler version of NVRTC, for example `13.1`
public record GpuDescription(
    String name,
    int computeMajor,
    int computeMinor,
    int multiprocessors,
    long memoryBytes,
    String driverCuda,
    String compiler) {
  /// For example `8.9`.
  public String computeCapability() {
    return computeMajor + "." + computeMinor;
  }
}
