// SPDX-License-Identifier: Apache-2.0

/// Structured sparsity N:M along the input channels, as sparse tensor cores take it, with input
/// channels reordered so that less is lost.
@NullMarked
package dev.quench.compress.prune.sparse;

import org.jspecify.annotations.NullMarked;
