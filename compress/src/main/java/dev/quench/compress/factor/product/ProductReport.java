// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import java.util.List;
import java.util.OptionalDouble;

/// Which layers are words and codes now, and which are not, with the reason.
///
/// @param layers in graph order
public record ProductReport(List<Layer> layers) {
  /// What became of a layer.
  public sealed interface Layer {
    /// The layer's name.
    String name();
  }

  /// A layer of words and codes.
  ///
  /// @param length channels of a piece
  /// @param words of each piece
  /// @param bytesBefore of its weights
  /// @param bytes of words and codes
  /// @param operations multiplications and additions of the form with tables, at stride 1, as a
  ///   share of the layer's MACs
  /// @param weightError Frobenius norm of the change of the weights over that of the weights
  /// @param plainError E‖y − ŷ‖² / E‖y‖² of its outputs with words by k-means; empty without data
  /// @param error the same after error correction
  public record Coded(
      String name,
      int length,
      int words,
      long bytesBefore,
      long bytes,
      double operations,
      double weightError,
      OptionalDouble plainError,
      OptionalDouble error)
      implements Layer {}

  /// A layer that stays, with the reason on one line.
  public record Whole(String name, String reason) implements Layer {}

  public ProductReport {
    layers = List.copyOf(layers);
  }

  public List<Coded> coded() {
    return layers.stream().filter(Coded.class::isInstance).map(Coded.class::cast).toList();
  }
}
