// SPDX-License-Identifier: Apache-2.0
/// Histograms of activations whose content depends on the values alone, whatever their order or
/// split.
@NullMarked
package dev.quench.calibration.histogram;

import org.jspecify.annotations.NullMarked;
