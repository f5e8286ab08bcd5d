// SPDX-License-Identifier: Apache-2.0
/// A graph translated into operations of libtorch with autograd, and its parameters as tensors.
@NullMarked
package dev.quench.compress.train.program;

import org.jspecify.annotations.NullMarked;
