// SPDX-License-Identifier: Apache-2.0
/// Compiles a graph to operations of libtorch with autograd, and holds its parameters as tensors.
@NullMarked
package dev.quench.compress.train.program;

import org.jspecify.annotations.NullMarked;
