// SPDX-License-Identifier: Apache-2.0
/// Changes the step of the optimizer: sparsity, gradient clipping, layer-wise learning rates,
/// pruned weights that stay zero.
@NullMarked
package dev.quench.compress.train.update;

import org.jspecify.annotations.NullMarked;
