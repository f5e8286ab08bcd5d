// SPDX-License-Identifier: Apache-2.0

/// Training as a step of a recipe: with a checkpoint after each epoch, on pixels normalized by what
/// is measured on them.
@NullMarked
package dev.quench.pipeline.train;

import org.jspecify.annotations.NullMarked;
