// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.CalibrationTable;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.RangeMethod;
import dev.quench.calibration.TensorRtCache;
import dev.quench.calibration.TensorRtVersion;
import dev.quench.data.Dataset;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.Int8Calibration;
import java.util.LinkedHashSet;
import java.util.Set;

/// Does our cache equal TensorRT's on the same data, and does one of ours calibrate an engine with
/// no data at all?
final class CalibrationStep implements GpuStep {
  private static final int SAMPLES = 512;
  private static final int BATCH = 64;

  @Override
  public String name() {
    return "calibration";
  }

  @Override
  public int limitSeconds() {
    return 240;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws Exception {
    Model model = SuiteModels.nin();
    Dataset data = SuiteModels.fashion(true).limit(SAMPLES);
    Dataset test = SuiteModels.fashion(false).limit(2000);
    result.put("samples", SAMPLES).put("batchSize", BATCH);
    for (Int8Calibration.Calibrator kind : Int8Calibration.Calibrator.values()) {
      ObjectNode node = result.putObject(kind.name());
      CalibrationTable table = ours(model, data, kind);
      try (Engine engine = build(model, new Int8Calibration.Batches(data, BATCH, kind));
          Session session = engine.openSession()) {
        TensorRtCache theirs = engine.buildReport().orElseThrow().calibration().orElseThrow();
        compare(node, theirs, table, kind);
        node.put("top1CalibratedByTensorRt", Measures.classify(session, test, 200).top1());
      }
      flush.run();
      try (Engine engine = build(model, new Int8Calibration.Ranges(table, kind, false));
          Session session = engine.openSession()) {
        node.put("calibratesWithoutData", true);
        ObjectNode layers = node.putObject("layersByPrecision");
        engine.buildReport().orElseThrow().layers().countsByPrecision().forEach(layers::put);
        node.put("top1CalibratedByOurCache", Measures.classify(session, test, 200).top1());
      }
      flush.run();
    }
  }

  static Engine build(Model model, Int8Calibration calibration) {
    return EngineBuilder.of(model)
        .precision(Precision.FP16)
        .implicitInt8(calibration)
        .batch(1, BATCH, 200)
        .build();
  }

  static CalibrationTable ours(Model model, Dataset data, Int8Calibration.Calibrator kind)
      throws Exception {
    return Calibrator.using(new OnnxRuntimeBackend())
        .method(
            switch (kind) {
              case ENTROPY -> RangeMethod.entropy();
              case MIN_MAX -> RangeMethod.minMax();
            })
        .threads(Runtime.getRuntime().availableProcessors())
        .calibrate(model, tensors(model), data);
  }

  private static Set<String> tensors(Model model) {
    Set<String> names = new LinkedHashSet<>();
    model.graph().requiredInputs().forEach(input -> names.add(input.name()));
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (output.constant().isEmpty()) {
          names.add(output.name());
        }
      }
    }
    return names;
  }

  private static void compare(
      ObjectNode node,
      TensorRtCache theirs,
      CalibrationTable table,
      Int8Calibration.Calibrator kind) {
    TensorRtCache ours =
        TensorRtCache.of(
            table,
            TensorRtVersion.BUNDLED,
            kind == Int8Calibration.Calibrator.ENTROPY
                ? TensorRtCache.Algorithm.ENTROPY_2
                : TensorRtCache.Algorithm.MIN_MAX);
    node.put("byteEqual", ours.toText().equals(theirs.toText()));
    int equal = 0;
    int both = 0;
    double largest = 0;
    for (var entry : theirs.scales().entrySet()) {
      Float own = ours.scales().get(entry.getKey());
      if (own != null) {
        both++;
        equal += Float.floatToIntBits(own) == Float.floatToIntBits(entry.getValue()) ? 1 : 0;
        largest = Math.max(largest, Math.abs(own / entry.getValue() - 1));
      }
    }
    node.put("tensorsOfTensorRt", theirs.scales().size());
    node.put("tensorsInBoth", both);
    node.put("scalesBitEqual", equal);
    node.put("largestRelativeDifference", largest);
    node.put("cacheOfTensorRt", theirs.toText());
    node.put("cacheOfOurs", ours.toText());
  }
}
