// SPDX-License-Identifier: Apache-2.0
/// Types and shapes of all values of a graph, inferred from its inputs by the schemas of its
/// operators.
@NullMarked
package dev.quench.graph.shape;

import org.jspecify.annotations.NullMarked;
