// SPDX-License-Identifier: Apache-2.0

/// Waits for C2: parts of kernels run on synthetic data until they are compiled.
@NullMarked
package dev.quench.xnor.kernel.compile;

import org.jspecify.annotations.NullMarked;
