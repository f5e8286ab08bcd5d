// SPDX-License-Identifier: Apache-2.0
/// Types that all packages of the TensorRT runtime share: ranges of shapes and errors.
@NullMarked
package dev.quench.trt;

import org.jspecify.annotations.NullMarked;
