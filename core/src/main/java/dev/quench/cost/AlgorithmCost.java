// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// What a convolution costs by one algorithm.
///
/// @param variant of the algorithm, such as `F(4x4, 3x3)`; empty if there is one only
/// @param products multiplications of numbers, transforms left out
/// @param flops with transforms of inputs and outputs; those of weights happen once, before
/// @param bytesMoved input, weights in the form that the algorithm reads, output, and the workspace
///   written and read
/// @param workspaceBytes what exists for the call alone
/// @param efficiency share of the peak that its kernels are assumed to reach
public record AlgorithmCost(
    ConvolutionAlgorithm algorithm,
    String variant,
    double products,
    long flops,
    long bytesMoved,
    long workspaceBytes,
    double efficiency)
    implements Cost {
  /// Least time on the machine at the assumed efficiency.
  public double seconds(Roofline machine) {
    return Math.max(
        flops / (machine.peakFlopsPerSecond() * efficiency), bytesMoved / machine.bytesPerSecond());
  }

  /// For example `Winograd F(2x2, 3x3)`.
  public String describe() {
    return variant.isEmpty() ? algorithm.display() : algorithm.display() + " " + variant;
  }
}
