// SPDX-License-Identifier: Apache-2.0
/// FP16, BF16 and mixed precision by explicit casts, and which nodes keep FP32.
@NullMarked
package dev.quench.export.precision;

import org.jspecify.annotations.NullMarked;
