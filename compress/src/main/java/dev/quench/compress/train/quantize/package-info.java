// SPDX-License-Identifier: Apache-2.0
/// Quantization-aware training on graphs: the schemes, the training-only nodes that they put into a
/// graph, and the lowering of these nodes to plain ONNX. Without libtorch.
@NullMarked
package dev.quench.compress.train.quantize;

import org.jspecify.annotations.NullMarked;
