// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.run.Progress;

/// Hears what a recipe does while it works. Called by the thread that runs the recipe.
public interface RecipeListener {
  /// Hears nothing.
  RecipeListener SILENT =
      new RecipeListener() {
        @Override
        public void note(String line) {}

        @Override
        public void result(String line) {}

        @Override
        public Progress progress() {
          return Progress.NONE;
        }
      };

  /// A warning, or what the recipe is about to do.
  void note(String line);

  /// What is chosen and why, for those who want to know exactly; ignored unless overridden.
  default void detail(String line) {}

  /// A line of the result, for people.
  void result(String line);

  /// How far a long step is.
  Progress progress();
}
