// SPDX-License-Identifier: Apache-2.0
/// Finds the smallest part of a model that still fails.
@NullMarked
package dev.quench.pipeline.reduce;

import org.jspecify.annotations.NullMarked;
