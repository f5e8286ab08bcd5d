// SPDX-License-Identifier: Apache-2.0

/// The bindings of TensorRT and CUDA; no other code uses them. Internal: not for use outside this
/// module.
@NullMarked
package dev.quench.trt.internal;

import org.jspecify.annotations.NullMarked;
