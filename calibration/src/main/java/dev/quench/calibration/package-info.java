// SPDX-License-Identifier: Apache-2.0

/// Ranges of activations: streaming histograms, range estimators, the calibration table with the
/// hashes that tie it to its model and data, and the text cache of TensorRT.
@NullMarked
package dev.quench.calibration;

import org.jspecify.annotations.NullMarked;
