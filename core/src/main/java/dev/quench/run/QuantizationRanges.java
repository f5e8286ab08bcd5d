// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import java.util.OptionalDouble;

/// The symmetric ranges that activations are quantized with.
@FunctionalInterface
public interface QuantizationRanges {
  /// The magnitude that maps to 127; the INT8 scale is `threshold / 127`.
  ///
  /// @return finite and not negative; empty when the tensor was not calibrated
  OptionalDouble threshold(String tensorName);
}
