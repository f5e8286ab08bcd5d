// SPDX-License-Identifier: Apache-2.0

/// The cost of a model as a page: along its depth, under its roofline, and in tables.
@NullMarked
package dev.quench.pipeline.cost;

import org.jspecify.annotations.NullMarked;
