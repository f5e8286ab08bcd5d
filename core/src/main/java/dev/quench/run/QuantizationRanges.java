// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import java.util.Optional;
import java.util.OptionalDouble;

/// The ranges that activations are quantized with.
@FunctionalInterface
public interface QuantizationRanges {
  /// The magnitude that maps to 127; the INT8 scale is `threshold / 127`.
  ///
  /// @return finite and not negative; empty when the tensor was not calibrated
  OptionalDouble threshold(String tensorName);

  /// The range for targets that take a zero point; the symmetric one unless more is known.
  ///
  /// @return empty when the tensor was not calibrated
  /// @throws IllegalArgumentException if the threshold is negative, NaN or infinite
  default Optional<AsymmetricRange> asymmetric(String tensorName) {
    OptionalDouble threshold = threshold(tensorName);
    return threshold.isPresent()
        ? Optional.of(new AsymmetricRange(-threshold.getAsDouble(), threshold.getAsDouble()))
        : Optional.empty();
  }
}
