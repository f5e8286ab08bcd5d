// SPDX-License-Identifier: Apache-2.0

/// Which channels go: what each is worth, what it costs, how many of each group may go.
@NullMarked
package dev.quench.compress.prune.select;

import org.jspecify.annotations.NullMarked;
