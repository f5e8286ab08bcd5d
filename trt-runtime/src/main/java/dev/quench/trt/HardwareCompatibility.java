// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

/// The GPUs that can run an engine, besides the one that it was built on. A wider choice makes the
/// engine slower.
public enum HardwareCompatibility {
  /// Only GPUs of the same name.
  SAME_GPU,
  /// Every GPU of the same compute capability.
  SAME_COMPUTE_CAPABILITY,
  /// Every GPU from the Ampere generation on.
  AMPERE_PLUS
}
