// SPDX-License-Identifier: Apache-2.0

/// Lowering of a graph to what a target can import, and the check that names each node that it
/// cannot: opset, reduced precision by explicit casts, forms of Resize, free and fixed dimensions.
@NullMarked
package dev.quench.export;

import org.jspecify.annotations.NullMarked;
