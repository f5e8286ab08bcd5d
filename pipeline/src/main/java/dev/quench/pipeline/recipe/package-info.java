// SPDX-License-Identifier: Apache-2.0

/// Recipes in files: steps that follow each other, from training to evaluation, each stored by the
/// hash of what it was made of, so that what is done is not done again.
@NullMarked
package dev.quench.pipeline.recipe;

import org.jspecify.annotations.NullMarked;
