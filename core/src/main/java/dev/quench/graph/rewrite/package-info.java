// SPDX-License-Identifier: Apache-2.0
/// Editing a graph: the contract of a pass, and the pipeline that repeats passes until nothing
/// changes, checks the graph after each and restores it when one fails.
@NullMarked
package dev.quench.graph.rewrite;

import org.jspecify.annotations.NullMarked;
