// SPDX-License-Identifier: Apache-2.0

/// Ranks channels by what the layers behind can make up for, and fits the weights of those layers
/// anew, from the moments of what they read on data.
@NullMarked
package dev.quench.compress.prune.reconstruct;

import org.jspecify.annotations.NullMarked;
