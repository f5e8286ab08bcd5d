// SPDX-License-Identifier: Apache-2.0
/// Segmentation: mean intersection over union, also over several scales, pixel accuracy, overlays.
@NullMarked
package dev.quench.metric.segmentation;

import org.jspecify.annotations.NullMarked;
