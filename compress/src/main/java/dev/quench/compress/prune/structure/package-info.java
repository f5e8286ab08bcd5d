// SPDX-License-Identifier: Apache-2.0

/// Which indices of which axes of a graph can only be cut together, and what is left of each axis
/// after a cut.
@NullMarked
package dev.quench.compress.prune.structure;

import org.jspecify.annotations.NullMarked;
