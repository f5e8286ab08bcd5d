// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// What one node costs at the shapes given to [ModelCost]; the conventions are stated there.
///
/// @param node name of the node, or of its first output when it has none
/// @param bytesMoved inputs, constants and outputs, each once
public record NodeCost(
    String node,
    String opType,
    long macs,
    long flops,
    long parameters,
    long weightBytes,
    long bytesMoved) {

  /// FLOPs per byte moved; 0 when no bytes move.
  public double arithmeticIntensity() {
    return bytesMoved == 0 ? 0 : (double) flops / bytesMoved;
  }
}
