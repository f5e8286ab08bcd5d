// SPDX-License-Identifier: Apache-2.0
/// What binary and ternary layers cost: repeated kernels, energy of arithmetic, memory accesses.
@NullMarked
package dev.quench.compress.binary.cost;

import org.jspecify.annotations.NullMarked;
