// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.Int8Calibration;
import java.io.IOException;

/// Does one of our calibration caches suffice to build an INT8 engine without data?
public final class ImplicitInt8Step implements GpuStep {
  @Override
  public void run(StepReport report) throws IOException {
    PreparedFolder folder = PreparedFolder.current();
    Model model = folder.model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    for (Int8Calibration.Calibrator kind : Int8Calibration.Calibrator.values()) {
      report.part(
          kind.name(),
          part -> {
            try (BuiltEngine engine =
                    engines.build(
                        part, model, builder(model, ranges(folder, kind), Agreement.BATCH));
                Session session = engine.session()) {
              engine.describe(part);
              Agreement.ofClassifier(part, session, Variant.INT8, Agreement.INT8_COSINE);
            }
          });
    }
  }

  static Int8Calibration ranges(PreparedFolder folder, Int8Calibration.Calibrator kind)
      throws IOException {
    return new Int8Calibration.Ranges(
        folder.table(
            switch (kind) {
              case ENTROPY -> "entropy";
              case MIN_MAX -> "minmax";
            }),
        kind,
        false);
  }

  static EngineBuilder builder(Model model, Int8Calibration calibration, int batch) {
    return EngineBuilder.of(model)
        .precision(Precision.FP16)
        .implicitInt8(calibration)
        .batch(1, batch, Agreement.BATCH);
  }
}
