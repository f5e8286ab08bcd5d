// SPDX-License-Identifier: Apache-2.0

/// The kinds of steps of a recipe. Another kind is a [StepKind] that is listed in [StepKinds].
@NullMarked
package dev.quench.pipeline.recipe.step;

import org.jspecify.annotations.NullMarked;
