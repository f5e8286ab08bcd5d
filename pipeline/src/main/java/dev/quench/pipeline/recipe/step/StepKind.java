// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/// A kind of step: what it takes, what it gives, and its work. Stateless.
public interface StepKind {
  /// The artifact that most steps take and give: an ONNX file.
  String MODEL = "model";

  /// The artifact of a calibration: a table of ranges.
  String TABLE = "table";

  /// The artifact of a step that quantizes in training: an ONNX file with float weights, quantizers
  /// and observers, from which training goes on.
  String FORM = "form";

  /// As in the file: `fine-tune`.
  String name();

  /// Raise it when the same inputs give another result than before, so that no stored result of the
  /// former edition is taken for a new one.
  int edition();

  /// What it takes beside what all steps take.
  List<OptionSpec> options();

  /// The artifacts that it gives.
  Set<String> gives();

  /// Whether it reads the data of the recipe, given these options.
  boolean readsData(StepOptions options);

  /// What is wrong with these options together.
  ///
  /// @param artifacts names of the options for artifacts that are given
  /// @throws IllegalArgumentException saying what was expected
  default void check(StepOptions options, Set<String> artifacts) {}

  /// What this machine chooses for options that are left out and that decide the result, in one
  /// line; empty if nothing does.
  default String resolved(StepOptions options) {
    return "";
  }

  /// Does the work. Started again in the folder of a former attempt that was interrupted, it may go
  /// on from what that left.
  ///
  /// @throws dev.quench.QuenchException if it cannot be done
  /// @throws IOException if a file cannot be read or written
  StepOutcome run(StepContext context) throws IOException;
}
