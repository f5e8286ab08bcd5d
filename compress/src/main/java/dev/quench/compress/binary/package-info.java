// SPDX-License-Identifier: Apache-2.0
/// Binary and ternary networks: the form of layers with 1-bit weights and activations during
/// training, and their lowering to plain ONNX nodes afterwards.
@NullMarked
package dev.quench.compress.binary;

import org.jspecify.annotations.NullMarked;
