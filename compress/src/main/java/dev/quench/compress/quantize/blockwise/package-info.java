// SPDX-License-Identifier: Apache-2.0
/// Weights of 4 and 8 bits with one scale for each block; activations stay float.
@NullMarked
package dev.quench.compress.quantize.blockwise;

import org.jspecify.annotations.NullMarked;
