// SPDX-License-Identifier: Apache-2.0
/// The bindings of TensorRT and CUDA that run engines. Internal: not for use outside this module.
@NullMarked
package dev.quench.trt.internal.execute;

import org.jspecify.annotations.NullMarked;
