// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.graph.Model;

/// A model with some of its layers split, and what was done.
public record FactoredModel(Model model, FactorizationReport report) {}
