// SPDX-License-Identifier: Apache-2.0
/// The text cache of TensorRT up to version 10.
@NullMarked
package dev.quench.calibration.tensorrt;

import org.jspecify.annotations.NullMarked;
