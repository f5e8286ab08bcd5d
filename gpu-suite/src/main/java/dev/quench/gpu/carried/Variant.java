// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.carried;

import java.util.Locale;

/// The forms in which a network is carried.
public enum Variant {
  /// As it was trained.
  FLOAT,
  /// As the product quantizes it for TensorRT: fused, Q/DQ nodes, the rest in FP16.
  INT8;

  /// In names of files.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
