// SPDX-License-Identifier: Apache-2.0
/// How a range is found in a histogram.
@NullMarked
package dev.quench.calibration.method;

import org.jspecify.annotations.NullMarked;
