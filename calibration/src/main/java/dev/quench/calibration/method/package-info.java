// SPDX-License-Identifier: Apache-2.0
/// Methods that choose a range from a histogram.
@NullMarked
package dev.quench.calibration.method;

import org.jspecify.annotations.NullMarked;
