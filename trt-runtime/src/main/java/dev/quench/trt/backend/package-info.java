// SPDX-License-Identifier: Apache-2.0
/// TensorRT behind the interface of all backends. Without GPU, driver or library it reports what is
/// missing and never crashes.
@NullMarked
package dev.quench.trt.backend;

import org.jspecify.annotations.NullMarked;
