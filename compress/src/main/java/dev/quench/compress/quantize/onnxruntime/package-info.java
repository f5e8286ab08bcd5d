// SPDX-License-Identifier: Apache-2.0
/// INT8 in the form that ONNX Runtime's CPU provider fuses into integer kernels: unsigned
/// activations with a zero point, on the outputs of layers too, INT32 biases.
@NullMarked
package dev.quench.compress.quantize.onnxruntime;

import org.jspecify.annotations.NullMarked;
