// SPDX-License-Identifier: Apache-2.0
/// Splits a graph into regions on bits and the rest, and lays out the steps for given shapes.
@NullMarked
package dev.quench.xnor.plan;

import org.jspecify.annotations.NullMarked;
