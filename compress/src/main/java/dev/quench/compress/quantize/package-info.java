// SPDX-License-Identifier: Apache-2.0

/// Quantization of a graph: where `QuantizeLinear` and `DequantizeLinear` go, and with which
/// scales.
@NullMarked
package dev.quench.compress.quantize;

import org.jspecify.annotations.NullMarked;
