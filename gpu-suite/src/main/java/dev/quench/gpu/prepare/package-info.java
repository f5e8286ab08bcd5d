// SPDX-License-Identifier: Apache-2.0

/// Makes on a CPU what is carried: networks as the product quantizes them, and what ONNX Runtime
/// computes with them.
@NullMarked
package dev.quench.gpu.prepare;

import org.jspecify.annotations.NullMarked;
