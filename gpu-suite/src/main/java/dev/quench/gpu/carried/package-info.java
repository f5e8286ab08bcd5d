// SPDX-License-Identifier: Apache-2.0

/// Reads the networks, data and references that are copied to the machine with the GPU.
@NullMarked
package dev.quench.gpu.carried;

import org.jspecify.annotations.NullMarked;
