// SPDX-License-Identifier: Apache-2.0
/// TensorRT behind the interface of all backends. Says what is missing where there is no GPU,
/// driver or library, and never crashes for it.
@NullMarked
package dev.quench.trt.backend;

import org.jspecify.annotations.NullMarked;
