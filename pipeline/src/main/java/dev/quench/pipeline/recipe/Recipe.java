// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.data.source.DataSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Steps from a file.
///
/// @param file that it was read from; names in it are relative to its folder
/// @param data of all steps; empty where none are named
/// @param preprocessing file or preset for images; empty where none is named
/// @param seed of all that is random
/// @param threads of the processor; their number affects rounding
/// @param steps each behind those that it needs, else in the order of the file
public record Recipe(
    Path file,
    Optional<DataSource> data,
    Optional<String> preprocessing,
    long seed,
    int threads,
    List<RecipeStep> steps) {
  public Recipe {
    steps = List.copyOf(steps);
  }

  /// This recipe on other data.
  public Recipe withData(DataSource other) {
    return new Recipe(file, Optional.of(other), preprocessing, seed, threads, steps);
  }
}
