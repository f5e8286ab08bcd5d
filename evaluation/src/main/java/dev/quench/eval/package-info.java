// SPDX-License-Identifier: Apache-2.0
/// Evaluation of models side by side: accuracy, latency and throughput on each backend.
@NullMarked
package dev.quench.eval;

import org.jspecify.annotations.NullMarked;
