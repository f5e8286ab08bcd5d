// SPDX-License-Identifier: Apache-2.0
/// Networks to train, as graphs with seeded initial weights.
@NullMarked
package dev.quench.compress.zoo;

import org.jspecify.annotations.NullMarked;
