// SPDX-License-Identifier: Apache-2.0
/// The bindings of TensorRT that build engines. Internal: not for use outside this module.
@NullMarked
package dev.quench.trt.internal.build;

import org.jspecify.annotations.NullMarked;
