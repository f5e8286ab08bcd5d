// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// What one node costs at the shapes given to [ModelCost]; the conventions are stated there.
///
/// @param node name of the node, or of its first output when it has none
/// @param bytesMoved inputs, constants and outputs, each once
/// @param parallelism outputs that do not wait for each other: elements of the output, for a
///   recurrent layer those of one step; 0 for a view or an uncounted node
public record NodeCost(
    String node,
    String opType,
    long macs,
    long flops,
    long parameters,
    long weightBytes,
    long bytesMoved,
    long parallelism)
    implements Cost {}
