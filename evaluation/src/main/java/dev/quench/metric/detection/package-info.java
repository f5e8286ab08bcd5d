// SPDX-License-Identifier: Apache-2.0
/// Detectors: decoding of boxes, COCO's mean average precision, agreement of two detectors.
@NullMarked
package dev.quench.metric.detection;

import org.jspecify.annotations.NullMarked;
