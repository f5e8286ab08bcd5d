// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.calibrate.AllTensors;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// How large the activations of a model become, so that it can be told what FP16 cannot hold.
final class ActivationRanges {
  private static final int BATCH = 16;
  private static final long CHECKED_SAMPLES = 64;

  private ActivationRanges() {}

  /// The ranges of a `minmax` table. One of this very model is found by what computes each tensor;
  /// one of another form of it, fused say, by the names that both have.
  ///
  /// @throws PipelineException if the table clips
  static CalibrationTable read(Path table, Model model) throws IOException {
    CalibrationTable ranges = CalibrationTable.read(table);
    if (!ranges.header().method().equals("minmax")) {
      throw new PipelineException(
          table
              + " was made by "
              + ranges.header().method()
              + ", which clips; calibrate by minmax to know the largest activations");
    }
    try {
      return ranges.forModel(model);
    } catch (CalibrationException e) {
      return ranges;
    }
  }

  /// Runs the model over data and takes the largest magnitude of every activation. Infinities, as
  /// masks hold them, are left out: half precision has them too.
  static CalibrationTable measured(Model model, Dataset data, Progress progress)
      throws IOException {
    return Calibrator.using(Backends.named("onnxruntime"))
        .method(RangeMethod.minMax())
        .batchSize(ModelInputs.of(model).batchSize(data.axes(), BATCH))
        .threads(SessionOptions.DEFAULT.threads())
        .acceptNonFinite(true)
        .progress(progress)
        .calibrate(model, AllTensors.of(model), data);
  }

  /// FLOAT outputs of nodes whose range is not known.
  ///
  /// @param model edited in place: its types are inferred
  static List<Value> unknown(Model model, QuantizationRanges ranges) {
    ShapeInference.infer(model);
    List<Value> unknown = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (output.isPresent()
            && output.constant().isEmpty()
            && output.dataType().equals(Optional.of(DataType.FLOAT))
            && ranges.threshold(output.name()).isEmpty()) {
          unknown.add(output);
        }
      }
    }
    return unknown;
  }

  /// Names of outputs that are finite in one model and hold NaN or infinities in the other, on the
  /// first samples.
  static Set<String> broken(Model exact, Model lowered, Dataset data) throws IOException {
    Backend backend = Backends.named("onnxruntime");
    SessionOptions options = SessionOptions.DEFAULT.withOptimization(false);
    Set<String> broken = new LinkedHashSet<>();
    int batch = ModelInputs.of(exact).batchSize(data.axes(), BATCH);
    try (Session before = backend.open(exact, options);
        Session after = backend.open(lowered, options);
        Stream<Batch> batches = data.limit(CHECKED_SAMPLES).batches(batch)) {
      batches
          .filter(each -> each.size() == batch || batch == BATCH)
          .forEachOrdered(each -> {
            Map<String, Tensor> expected = before.run(each.inputs());
            after
                .run(each.inputs())
                .forEach((name, tensor) -> {
                  Tensor wanted = expected.get(name);
                  if (wanted != null && isFinite(wanted) && !isFinite(tensor)) {
                    broken.add(name);
                  }
                });
          });
    }
    return broken;
  }

  private static boolean isFinite(Tensor tensor) {
    if (!tensor.dataType().isFloating()) {
      return true;
    }
    for (long i = 0; i < tensor.elements(); i++) {
      if (!Double.isFinite(tensor.doubleAt(i))) {
        return false;
      }
    }
    return true;
  }
}
