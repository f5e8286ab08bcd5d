// SPDX-License-Identifier: Apache-2.0

/// ONNX Runtime as a backend on the CPU. The only package that knows the API of ONNX Runtime.
@NullMarked
package dev.quench.ort;

import org.jspecify.annotations.NullMarked;
