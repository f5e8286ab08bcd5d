// SPDX-License-Identifier: Apache-2.0
/// The operands of binary products on NVIDIA GPUs: packed bits, thresholds, shapes and kernels; and
/// the description of a GPU.
@NullMarked
package dev.quench.xnor.cuda;

import org.jspecify.annotations.NullMarked;
