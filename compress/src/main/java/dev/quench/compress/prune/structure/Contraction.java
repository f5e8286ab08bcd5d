// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Node;

/// An axis that a layer sums over: where a channel that is cut ends.
///
/// @param input of the node, the data rather than the weights
public record Contraction(Node node, int input, int axis) {}
