// SPDX-License-Identifier: Apache-2.0

/// Low-rank factorization: one layer becomes two or three thinner ones.
@NullMarked
package dev.quench.compress.factor;

import org.jspecify.annotations.NullMarked;
