// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// The ways to compute a convolution that [ConvolutionCost] compares.
public enum ConvolutionAlgorithm {
  /// Loops over the taps, without a workspace.
  DIRECT("direct"),
  /// Patches laid out as rows of a matrix, then one matrix product; a 1 × 1 kernel of stride 1
  /// without padding needs no layout.
  GEMM("im2col + GEMM"),
  /// Minimal filtering of tiles. Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural
  /// Networks", CVPR 2016, section 4.
  WINOGRAD("Winograd"),
  /// Products of the transforms of whole images.
  FFT("FFT");

  private final String display;

  ConvolutionAlgorithm(String display) {
    this.display = display;
  }

  /// The usual name.
  public String display() {
    return display;
  }
}
