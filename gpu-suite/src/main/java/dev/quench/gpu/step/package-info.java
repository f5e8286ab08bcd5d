// SPDX-License-Identifier: Apache-2.0

/// The steps, one class each: the questions to TensorRT on a GPU. No step computes there what could
/// be prepared in advance.
@NullMarked
package dev.quench.gpu.step;

import org.jspecify.annotations.NullMarked;
