// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import dev.quench.graph.Model;

/// A model with a pattern of zeros, and what that cost.
public record SparseModel(Model model, SparsityReport report) {}
