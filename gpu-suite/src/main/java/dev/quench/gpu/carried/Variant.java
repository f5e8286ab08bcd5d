// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.carried;

import java.util.Locale;

/// The forms of a network in the prepared folder.
public enum Variant {
  /// The trained model.
  FLOAT,
  /// Quantized by the product for TensorRT: fused, with Q/DQ nodes, the rest in FP16.
  INT8;

  /// The name in file names.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
