// SPDX-License-Identifier: Apache-2.0

/// Product quantization: weights as words of small codebooks, fitted to what the layers give.
@NullMarked
package dev.quench.compress.factor.product;

import org.jspecify.annotations.NullMarked;
