// SPDX-License-Identifier: Apache-2.0
/// What TensorRT offers on this machine, what an engine consists of, and why its INT8 is slow.
@NullMarked
package dev.quench.trt.inspect;

import org.jspecify.annotations.NullMarked;
