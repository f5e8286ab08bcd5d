// SPDX-License-Identifier: Apache-2.0
/// What the rooms of the TensorRT runtime share: ranges of shapes and errors.
@NullMarked
package dev.quench.trt;

import org.jspecify.annotations.NullMarked;
