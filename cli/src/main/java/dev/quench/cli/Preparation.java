// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.compress.fuse.Fusion;
import dev.quench.eval.Backends;
import dev.quench.export.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.PassPipeline;
import dev.quench.run.Backend;
import java.util.List;
import java.util.Map;

/// Brings a model into the form that ranges are found for and quantization is inserted into.
final class Preparation {
  /// The first opset in which `QuantizeLinear` has an axis.
  private static final int QUANTIZATION_OPSET = 13;

  private Preparation() {}

  /// Raises the opset where that is needed for quantization per channel, then fuses; in place.
  static void forQuantization(Model model) {
    new PassPipeline(List.of(new OpsetUpgrade(QUANTIZATION_OPSET))).apply(model);
    fuse(model, false);
  }

  /// Fuses and cleans up, in place.
  ///
  /// @param siblings whether convolutions with one input become one
  /// @return how many rounds each pass changed the model in
  static Map<String, Integer> fuse(Model model, boolean siblings) {
    Backend folding = Backends.named("onnxruntime");
    return (siblings ? Fusion.withSiblingConvs(folding) : Fusion.standard(folding)).apply(model);
  }
}
