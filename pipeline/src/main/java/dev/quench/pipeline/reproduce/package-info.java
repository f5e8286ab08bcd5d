// SPDX-License-Identifier: Apache-2.0

/// Published tables trained anew: their rows, the runs of a row and a seed, and the table that is
/// made of the finished runs alone.
@NullMarked
package dev.quench.pipeline.reproduce;

import org.jspecify.annotations.NullMarked;
