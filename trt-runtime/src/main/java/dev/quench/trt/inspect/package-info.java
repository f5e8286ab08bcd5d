// SPDX-License-Identifier: Apache-2.0
/// Availability of TensorRT on this machine, layers of an engine, and diagnosis of slow INT8.
@NullMarked
package dev.quench.trt.inspect;

import org.jspecify.annotations.NullMarked;
