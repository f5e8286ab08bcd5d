// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.pipeline.PreparedModel;
import java.util.List;

/// The form of a network in which it is trained or calibrated as a quantized one.
public final class TrainingForm {
  private TrainingForm() {}

  /// Whether the model is in this form already, as training leaves it before it is lowered.
  public static boolean is(Model model) {
    return model.graph().nodes().stream().anyMatch(QuantizationNodes::is);
  }

  /// Brings a float model into this form: raises its opset as far as the bits need, fuses it, and
  /// inserts quantizers.
  ///
  /// @param model edited
  /// @param fuse whether normalizations are folded into weights before; without, training goes on
  ///   with them
  /// @throws IllegalArgumentException if there is nothing to quantize, with the reason
  public static PreparationReport prepare(Model model, QuantizedTraining training, boolean fuse) {
    new RewritePipeline(List.of(new OpsetUpgrade(training.neededOpset()))).apply(model);
    if (fuse) {
      PreparedModel.fuse(model, false);
    }
    return training.prepare(model);
  }
}
