// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.graph.Model;
import dev.quench.run.QuantizationRanges;

/// What forms are made from.
///
/// @param model float, prepared; copied, not modified
/// @param ranges of that model
record FloatModel(Model model, QuantizationRanges ranges) {}
