// SPDX-License-Identifier: Apache-2.0
/// From a prepared model and data to ranges: a calibration table, its histograms, a TensorRT cache;
/// and back from such files to ranges.
@NullMarked
package dev.quench.pipeline.calibrate;

import org.jspecify.annotations.NullMarked;
