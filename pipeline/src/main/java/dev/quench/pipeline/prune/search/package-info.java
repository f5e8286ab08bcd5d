// SPDX-License-Identifier: Apache-2.0
/// How many channels of each group should stay, by measuring: what widths take on a backend and
/// what they lose on samples held back.
@NullMarked
package dev.quench.pipeline.prune.search;

import org.jspecify.annotations.NullMarked;
