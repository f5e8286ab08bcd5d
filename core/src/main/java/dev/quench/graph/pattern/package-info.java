// SPDX-License-Identifier: Apache-2.0
/// What several modules look for in a graph.
@NullMarked
package dev.quench.graph.pattern;

import org.jspecify.annotations.NullMarked;
