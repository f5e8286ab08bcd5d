// SPDX-License-Identifier: Apache-2.0

/// Takes channels out of a model and proves that nothing else changed:
/// [dev.quench.compress.prune.Pruning].
@NullMarked
package dev.quench.compress.prune;

import org.jspecify.annotations.NullMarked;
