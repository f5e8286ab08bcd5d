// SPDX-License-Identifier: Apache-2.0

/// Layers of words and codes on the CPU: inner products with all words once for each pixel, then
/// look-ups and additions.
@NullMarked
package dev.quench.xnor.kernel.lookup;

import org.jspecify.annotations.NullMarked;
