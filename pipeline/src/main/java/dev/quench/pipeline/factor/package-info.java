// SPDX-License-Identifier: Apache-2.0

/// Low-rank factorization as a recipe: split what is measured faster.
@NullMarked
package dev.quench.pipeline.factor;

import org.jspecify.annotations.NullMarked;
