// SPDX-License-Identifier: Apache-2.0

/// TensorRT as a builder of engines and as a backend. Says what is missing where there is no GPU,
/// driver or library, and never crashes for it.
@NullMarked
package dev.quench.trt;

import org.jspecify.annotations.NullMarked;
