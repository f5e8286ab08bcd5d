// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import java.nio.file.Path;

/// A step with its place in the store.
///
/// @param key SHA-256 of its kind, its options and what this machine chooses for those left out,
///   the program's version, seed, threads, data and of the keys of what it takes
/// @param folder of its files
public record PlannedStep(RecipeStep step, String key, Path folder) {}
