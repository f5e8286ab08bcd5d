// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a step has given.
///
/// @param files in the step's folder by artifact; others may lie there too
/// @param figures by name, for reports
/// @param failure the bound that its result does not hold; empty if it holds all
public record StepOutcome(
    Map<String, Path> files, Map<String, Double> figures, Optional<String> failure) {
  public StepOutcome {
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  static StepOutcome model(Path file, Map<String, Double> figures) {
    return new StepOutcome(Map.of(StepKind.MODEL, file), figures, Optional.empty());
  }
}
