// SPDX-License-Identifier: Apache-2.0
/// Patterns that several modules look for in a graph: signs, sliding windows, layouts of weights,
/// names. Stateless or immutable.
@NullMarked
package dev.quench.graph.pattern;

import org.jspecify.annotations.NullMarked;
