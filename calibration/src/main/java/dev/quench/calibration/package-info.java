// SPDX-License-Identifier: Apache-2.0

/// Ranges of activations: streaming histograms, range methods and the choice among them, the
/// calibration table with the hashes that tie it to its model and data, shards, checkpoints and
/// merges of it, and the text cache of TensorRT.
@NullMarked
package dev.quench.calibration;

import org.jspecify.annotations.NullMarked;
