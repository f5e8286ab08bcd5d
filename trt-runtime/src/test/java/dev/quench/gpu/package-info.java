// SPDX-License-Identifier: Apache-2.0

/// What is to be learnt on a GPU, step by step, each step's result in a file of its own. Started by
/// the script `gpu-suite`.
@NullMarked
package dev.quench.gpu;

import org.jspecify.annotations.NullMarked;
