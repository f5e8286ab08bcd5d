// SPDX-License-Identifier: Apache-2.0

/// Evaluation of models side by side: accuracy, size, latency percentiles, throughput, and the
/// reports made of them.
@NullMarked
package dev.quench.eval;

import org.jspecify.annotations.NullMarked;
