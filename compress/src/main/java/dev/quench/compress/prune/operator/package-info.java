// SPDX-License-Identifier: Apache-2.0

/// What each operator couples, and what a cut changes in its attributes and constants.
@NullMarked
package dev.quench.compress.prune.operator;

import org.jspecify.annotations.NullMarked;
