// SPDX-License-Identifier: Apache-2.0
/// Passes of data through a model that record its activations, resumable and in shards, and the
/// choice of a range method by score.
@NullMarked
package dev.quench.calibration;

import org.jspecify.annotations.NullMarked;
