// SPDX-License-Identifier: Apache-2.0
/// Passes of data through a model whose activations are recorded, resumable and in shards, and the
/// choice among range methods by a score.
@NullMarked
package dev.quench.calibration;

import org.jspecify.annotations.NullMarked;
