// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.graph.Model;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.Backends;
import dev.quench.run.Progress;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import java.util.OptionalInt;

/// How ranges are found.
///
/// @param batchSize samples a call; empty for what the model fixes, else 32. Changes speed and
///   memory, not the ranges
/// @param threads how many inferences run at once; does not change the ranges
/// @param acceptNonFinite whether NaN and infinities are counted and left out, in place of refused
public record CalibrationSettings(
    RangeMethod method, OptionalInt batchSize, int threads, boolean acceptNonFinite) {
  /// Entropy, the usual batch size and threads, finite values only.
  public static final CalibrationSettings DEFAULT =
      new CalibrationSettings(
          RangeMethod.entropy(), OptionalInt.empty(), SessionOptions.DEFAULT.threads(), false);

  private static final int USUAL_BATCH = 32;

  /// @throws IllegalArgumentException if batch size or threads are less than 1
  public CalibrationSettings {
    if (batchSize.orElse(1) < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "batch size and threads must be 1 or more, got %d and %d"
              .formatted(batchSize.orElse(1), threads));
    }
  }

  /// These settings with another method.
  public CalibrationSettings withMethod(RangeMethod other) {
    return new CalibrationSettings(other, batchSize, threads, acceptNonFinite);
  }

  /// Samples a call: as set, else what the model fixes, else 32.
  public int batchSizeFor(Model model, BatchAxes axes) {
    return batchSize.orElseGet(() -> ModelInputs.of(model).batchSize(axes, USUAL_BATCH));
  }

  Calibrator calibrator(Model model, Dataset data, Progress progress) {
    return Calibrator.using(Backends.named("onnxruntime"))
        .method(method)
        .batchSize(batchSizeFor(model, data.axes()))
        .threads(threads)
        .acceptNonFinite(acceptNonFinite)
        .preprocessing(data.preprocessing().orElse(""))
        .progress(progress);
  }
}
