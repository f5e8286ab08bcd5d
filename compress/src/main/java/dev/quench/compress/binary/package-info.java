// SPDX-License-Identifier: Apache-2.0
/// Binary and ternary networks: how layers with 1-bit weights and activations are written in a
/// graph while they are trained, and how they are lowered to plain ONNX nodes afterwards.
@NullMarked
package dev.quench.compress.binary;

import org.jspecify.annotations.NullMarked;
