// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.compress.prune.PruningReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.trial.RealizedGain;

/// A pruned model, what was cut, and what it brings by count and by measurement.
public record PruningResult(Model model, PruningReport report, RealizedGain gain) {}
