// SPDX-License-Identifier: Apache-2.0
/// Parts of a model that are models themselves.
@NullMarked
package dev.quench.graph.subgraph;

import org.jspecify.annotations.NullMarked;
