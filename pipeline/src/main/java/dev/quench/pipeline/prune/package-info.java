// SPDX-License-Identifier: Apache-2.0

/// Pruning as a recipe: cut, check, and measure what the cut really brings.
@NullMarked
package dev.quench.pipeline.prune;

import org.jspecify.annotations.NullMarked;
