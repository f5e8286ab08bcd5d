// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

/// How far the outputs of a layer that loses input channels are from the original's, on samples
/// that no weight was fitted to: E‖y − ŷ‖² / E‖y − E y‖².
///
/// @param layer that loses inputs
/// @param plain with its weights as they were, and what the lost channels gave on average in its
///   bias
/// @param fitted with weights fitted anew
/// @param kept whether the fitted weights were taken; not where they are worse
public record LayerError(String layer, double plain, double fitted, boolean kept) {
  /// Of the weights that the layer has now.
  public double error() {
    return kept ? fitted : plain;
  }
}
