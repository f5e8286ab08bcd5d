// SPDX-License-Identifier: Apache-2.0

/// What a step leaves behind: one JSON file, replaced as a whole with every figure.
@NullMarked
package dev.quench.gpu.report;

import org.jspecify.annotations.NullMarked;
