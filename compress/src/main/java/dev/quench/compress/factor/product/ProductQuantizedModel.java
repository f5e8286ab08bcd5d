// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import dev.quench.graph.Model;

/// A model with words and codes in place of weights, and what was done.
public record ProductQuantizedModel(Model model, ProductReport report) {}
