// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.pipeline.recipe.step.StepKind;
import dev.quench.pipeline.recipe.step.StepOptions;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A step of a recipe.
///
/// @param line of the file where it begins
/// @param name of which a recipe has one; its kind's, with a number where that is taken
/// @param sources of the artifacts that it takes, by option
/// @param output where a copy of what it gives goes; empty for no copy
public record RecipeStep(
    int line,
    StepKind kind,
    String name,
    StepOptions options,
    Map<String, Source> sources,
    Optional<Path> output) {
  public RecipeStep {
    sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
  }

  /// Where an artifact comes from.
  public sealed interface Source {
    /// Another step.
    ///
    /// @param artifact of those that it gives
    record Step(String name, String artifact) implements Source {}

    /// A file.
    record File(Path path) implements Source {}
  }
}
