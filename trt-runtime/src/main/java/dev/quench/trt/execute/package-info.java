// SPDX-License-Identifier: Apache-2.0
/// Runs engines: contexts, tensors on the GPU, sessions for many threads.
@NullMarked
package dev.quench.trt.execute;

import org.jspecify.annotations.NullMarked;
