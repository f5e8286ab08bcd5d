// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A step after a run of its recipe.
///
/// @param cached whether its result was there before
/// @param seconds that it took when it was done
/// @param files by artifact
/// @param figures by name
public record StepResult(
    RecipeStep step,
    String key,
    boolean cached,
    double seconds,
    Map<String, Path> files,
    Map<String, Double> figures) {
  public StepResult {
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }
}
