// SPDX-License-Identifier: Apache-2.0
/// Digests of what a model computes, which outlive renaming, other opsets and free dimensions.
@NullMarked
package dev.quench.graph.digest;

import org.jspecify.annotations.NullMarked;
