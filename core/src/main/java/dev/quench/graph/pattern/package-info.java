// SPDX-License-Identifier: Apache-2.0
/// What several modules look for in a graph: the forms of a sign, the sliding window and its
/// padding, where a linear layer keeps its output channels, and nodes by name.
@NullMarked
package dev.quench.graph.pattern;

import org.jspecify.annotations.NullMarked;
