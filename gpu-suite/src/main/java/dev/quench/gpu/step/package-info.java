// SPDX-License-Identifier: Apache-2.0

/// The steps, a class each: what is asked of TensorRT on a GPU. None computes on the GPU's time
/// what could be carried along.
@NullMarked
package dev.quench.gpu.step;

import org.jspecify.annotations.NullMarked;
