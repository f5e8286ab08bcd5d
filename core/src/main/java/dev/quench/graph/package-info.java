// SPDX-License-Identifier: Apache-2.0
/// The network as a graph of nodes and values in ONNX vocabulary, and the passes that edit it.
///
/// [dev.quench.graph.Model], [dev.quench.graph.Graph], [dev.quench.graph.Node] and
/// [dev.quench.graph.Value] are mutable identity objects for one thread; everything else here is
/// immutable.
@NullMarked
package dev.quench.graph;

import org.jspecify.annotations.NullMarked;
