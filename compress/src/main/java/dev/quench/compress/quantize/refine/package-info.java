// SPDX-License-Identifier: Apache-2.0
/// What brings accuracy back after rounding: equalization across layers, bias correction, adaptive
/// rounding.
@NullMarked
package dev.quench.compress.quantize.refine;

import org.jspecify.annotations.NullMarked;
