// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.RangeScore;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.io.IOException;

/// Chooses the range method of a model by what it computes on samples held back from calibration.
///
/// The score is that of [HeldBackFidelity] in TensorRT's form. The chosen method is the best of
/// [MethodSelection#CANDIDATES] there, so none of them does better on these samples.
public final class MethodChoice {
  private MethodChoice() {}

  /// The score to choose by.
  ///
  /// @param model not modified
  /// @param held of the data that the ranges are from
  public static RangeScore score(PreparedModel model, HeldBack held) throws IOException {
    return new HeldBackFidelity(model.model().copy(), QuantizedForm.TENSORRT, held.judges());
  }

  /// Chooses for a finished table, such as one merged from those of shards.
  ///
  /// @param table with histograms
  /// @throws dev.quench.run.CalibrationException if the table has no histograms or belongs to
  ///   another model
  /// @throws dev.quench.pipeline.PipelineException if it was calibrated on samples held back
  public static MethodSelection of(
      PreparedModel model, CalibrationTable table, HeldBack held, RecipeListener listener)
      throws IOException {
    held.requireUnseen(model.ranges(table));
    RangeScore score = score(model, held);
    return MethodSelection.of(
        table,
        MethodSelection.CANDIDATES,
        // The model may have been exported again under other names.
        ranges -> score.score(model.ranges(ranges)),
        listener.progress());
  }
}
