// SPDX-License-Identifier: Apache-2.0

/// The networks, data and references that are carried to the machine with the GPU.
@NullMarked
package dev.quench.gpu.carried;

import org.jspecify.annotations.NullMarked;
