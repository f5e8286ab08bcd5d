// SPDX-License-Identifier: Apache-2.0

/// Fusion and clean-up passes: each folds or removes one pattern of nodes and preserves the outputs
/// of the graph. Weights are folded in double.
@NullMarked
package dev.quench.compress.fuse;

import org.jspecify.annotations.NullMarked;
