// SPDX-License-Identifier: Apache-2.0

/// Prepares the folder on a CPU: networks quantized by the product, and the outputs that ONNX
/// Runtime computes with them.
@NullMarked
package dev.quench.gpu.prepare;

import org.jspecify.annotations.NullMarked;
