// SPDX-License-Identifier: Apache-2.0

/// Cost of a graph: parameters, multiply-accumulates, FLOPs, bytes moved, arithmetic intensity and
/// the roofline bound, per node and in total.
@NullMarked
package dev.quench.cost;

import org.jspecify.annotations.NullMarked;
