// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.graph.Model;

/// A smaller model, and how it came about.
public record PrunedModel(Model model, PruningReport report) {}
