// SPDX-License-Identifier: Apache-2.0

/// The report of a step: one JSON file, rewritten as a whole with every figure.
@NullMarked
package dev.quench.gpu.report;

import org.jspecify.annotations.NullMarked;
