// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.util.List;

/// The state of NVIDIA's driver on this machine.
public sealed interface DriverState {
  /// The driver works and has a GPU.
  ///
  /// @param cudaVersion newest CUDA that the driver supports, as `1000 * major + 10 * minor`
  /// @param devices at least one, in the driver's order
  record Usable(int cudaVersion, List<CudaDevice> devices) implements DriverState {
    public Usable {
      devices = List.copyOf(devices);
    }

    /// For example `13.0`.
    public String cuda() {
      return "%d.%d".formatted(cudaVersion / 1000, cudaVersion % 1000 / 10);
    }

    /// For example `CUDA 13.0`.
    public String describe() {
      return "CUDA " + cuda();
    }
  }

  /// The driver is missing, or has no usable GPU.
  ///
  /// @param reason one line
  /// @param remedy one line
  record Unusable(String reason, String remedy) implements DriverState {}
}
