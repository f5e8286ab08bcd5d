// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Session;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.build.Int8Calibration;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Do our calibration caches equal those that TensorRT computes from the same data at any batch
/// size?
public final class CalibrationStep implements GpuStep {
  private static final int SAMPLES = 512;
  private static final int[] BATCHES = {64, 32};

  @Override
  public void run(StepReport report) throws IOException {
    PreparedFolder folder = PreparedFolder.current();
    Model model = folder.model(Network.NIN, Variant.FLOAT);
    Dataset data = folder.fashion(true).limit(SAMPLES);
    Engines engines = new Engines(report);
    for (Int8Calibration.Calibrator kind : Int8Calibration.Calibrator.values()) {
      for (int batch : BATCHES) {
        report.part(
            kind + " in batches of " + batch,
            part -> {
              part.put("samples", SAMPLES);
              try (BuiltEngine engine =
                      engines.build(
                          part,
                          model,
                          ImplicitInt8Step.builder(
                              model, new Int8Calibration.Batches(data, batch, kind), batch));
                  Session session = engine.session()) {
                engine.describe(part);
                Agreement.ofClassifier(part, session, Variant.INT8, Agreement.INT8_COSINE);
                TensorRtCache theirs =
                    engine.engine().buildReport().orElseThrow().calibration().orElseThrow();
                part.put("cacheOfTensorRt", theirs.toText());
                for (String method : methods(kind)) {
                  compare(part, method, theirs, cache(folder, method, kind));
                }
              }
            });
      }
    }
    report.part(
        "caches of ours",
        part -> {
          for (Int8Calibration.Calibrator kind : Int8Calibration.Calibrator.values()) {
            for (String method : methods(kind)) {
              part.put(method, cache(folder, method, kind).toText());
            }
          }
        });
  }

  /// Our methods whose caches may equal those of a calibrator.
  private static List<String> methods(Int8Calibration.Calibrator kind) {
    return switch (kind) {
      case ENTROPY -> List.of("entropy:tensorrt", "entropy");
      case MIN_MAX -> List.of("minmax");
    };
  }

  private static TensorRtCache cache(
      PreparedFolder folder, String method, Int8Calibration.Calibrator kind) throws IOException {
    return TensorRtCache.of(
        folder.table(method),
        TensorRtVersion.BUNDLED,
        switch (kind) {
          case ENTROPY -> TensorRtCache.Algorithm.ENTROPY_2;
          case MIN_MAX -> TensorRtCache.Algorithm.MIN_MAX;
        });
  }

  private static void compare(
      StepPart part, String method, TensorRtCache theirs, TensorRtCache ours) {
    int equal = 0;
    int both = 0;
    double largest = 0;
    for (Map.Entry<String, Float> entry : theirs.scales().entrySet()) {
      Float own = ours.scales().get(entry.getKey());
      if (own != null) {
        both++;
        equal += Float.floatToIntBits(own) == Float.floatToIntBits(entry.getValue()) ? 1 : 0;
        largest = Math.max(largest, Math.abs(own / entry.getValue() - 1));
      }
    }
    part.add(
        "comparisons",
        Map.of(
            "method", method,
            "byteEqual", ours.toText().equals(theirs.toText()),
            "tensorsOfTensorRt", theirs.scales().size(),
            "tensorsInBoth", both,
            "scalesBitEqual", equal,
            "largestRelativeDifference", largest));
  }
}
