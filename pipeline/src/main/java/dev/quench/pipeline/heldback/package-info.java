// SPDX-License-Identifier: Apache-2.0
/// Judges ranges by what the quantized network computes on samples held back from calibration.
@NullMarked
package dev.quench.pipeline.heldback;

import org.jspecify.annotations.NullMarked;
