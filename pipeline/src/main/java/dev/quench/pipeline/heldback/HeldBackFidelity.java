// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import dev.quench.calibration.RangeScore;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Scores ranges by what a quantized model computes on samples held back from calibration: the
/// mean, over samples, of the worst cosine of an output to the float model's, one sample at a time
/// on one thread in a fixed order, rounded to 1e-4, so that the same ranges always get the same
/// score.
public final class HeldBackFidelity implements RangeScore {
  private static final double STEPS = 1e4;
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withThreads(1);

  private final Model model;
  private final QuantizedForm form;
  private final List<Map<String, Tensor>> samples;
  private final List<Map<String, Tensor>> expected = new ArrayList<>();
  private final Backend backend = Backends.named("onnxruntime");

  /// @param model float, prepared; not modified
  /// @param samples one or more
  public HeldBackFidelity(Model model, QuantizedForm form, List<Map<String, Tensor>> samples) {
    this.model = model;
    this.form = form;
    this.samples = samples;
    try (Session exact = backend.open(model, OPTIONS)) {
      samples.forEach(sample -> expected.add(exact.run(sample)));
    }
  }

  @Override
  public double score(CalibrationTable ranges) {
    Model quantized = model.copy();
    form.insert(ranges, quantized);
    double sum = 0;
    // As the file says, without the fusions of a runtime that TensorRT's form is not made for.
    try (Session session = backend.open(quantized, OPTIONS.withOptimization(false))) {
      for (int i = 0; i < samples.size(); i++) {
        sum += OutputCosine.worst(expected.get(i), session.run(samples.get(i)));
      }
    }
    return Math.rint(sum / samples.size() * STEPS) / STEPS;
  }
}
