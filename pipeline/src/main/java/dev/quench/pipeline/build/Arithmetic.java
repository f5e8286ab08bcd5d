// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.build;

import dev.quench.export.precision.ReducedPrecision;
import dev.quench.run.Precision;
import java.util.Locale;
import java.util.Optional;

/// What layers of an engine that are not quantized compute in.
public enum Arithmetic {
  FP32,
  TF32,
  FP16,
  BF16,
  /// FP16 where it is safe, by casts in the model.
  MIXED;

  /// The casts that the model gets.
  ///
  /// @param stronglyTyped whether types come from the model, as they do where it has Q/DQ nodes
  Optional<ReducedPrecision> casts(boolean stronglyTyped) {
    return switch (this) {
      case FP32, TF32 -> Optional.empty();
      case FP16 -> stronglyTyped ? Optional.of(ReducedPrecision.FP16) : Optional.empty();
      case BF16 -> stronglyTyped ? Optional.of(ReducedPrecision.BF16) : Optional.empty();
      case MIXED -> Optional.of(ReducedPrecision.MIXED);
    };
  }

  /// The precision that the builder gets for a model without Q/DQ nodes.
  Precision builderPrecision() {
    return switch (this) {
      case FP32 -> Precision.FP32;
      case TF32 -> Precision.TF32;
      case FP16, MIXED -> Precision.FP16;
      case BF16 -> Precision.BF16;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
