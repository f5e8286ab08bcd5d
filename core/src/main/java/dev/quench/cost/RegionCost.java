// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import java.util.List;
import java.util.stream.Collectors;

/// What nodes cost that a backend runs as one kernel, such as a convolution with the normalization,
/// sum and activation behind it: tensors between them never reach memory.
///
/// @param name of the node that the region is built around
/// @param nodes in execution order, at least one
/// @param bytesMoved what the region reads from outside and what is read outside of it, each tensor
///   once
/// @param parallelism outputs that do not wait for each other
public record RegionCost(String name, List<NodeCost> nodes, long bytesMoved, long parallelism)
    implements Cost {
  public RegionCost {
    nodes = List.copyOf(nodes);
  }

  /// For example `Conv+BatchNormalization+Relu`.
  public String ops() {
    return nodes.stream().map(NodeCost::opType).collect(Collectors.joining("+"));
  }

  /// Multiply-accumulates.
  public long macs() {
    return nodes.stream().mapToLong(NodeCost::macs).sum();
  }

  @Override
  public long flops() {
    return nodes.stream().mapToLong(NodeCost::flops).sum();
  }

  /// Elements of trained constants.
  public long parameters() {
    return nodes.stream().mapToLong(NodeCost::parameters).sum();
  }
}
