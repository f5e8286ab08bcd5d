// SPDX-License-Identifier: Apache-2.0
/// Histograms of activations that depend only on the values, not on their order or how they were
/// split.
@NullMarked
package dev.quench.calibration.histogram;

import org.jspecify.annotations.NullMarked;
