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
import java.io.IOException;

/// Does the classifier build and run in FP16, and do its outputs match ONNX Runtime in FP32?
public final class Fp16Step implements GpuStep {
  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    // the fastest build shows whether builds work at all
    report.part(
        "quick build",
        part -> {
          try (BuiltEngine engine =
                  engines.build(
                      part,
                      model,
                      EngineBuilder.of(model)
                          .precision(Precision.FP16)
                          .batch(1, 4, 4)
                          .optimizationLevel(0));
              Session session = engine.session()) {
            engine.describe(part);
            part.put("logits", Agreement.only(session.run(Agreement.images(1))).toString());
          }
        });
    report.part(
        "agreement",
        part -> {
          try (BuiltEngine engine =
                  engines.build(
                      part,
                      model,
                      EngineBuilder.of(model)
                          .precision(Precision.FP16)
                          .batch(1, Agreement.BATCH, Agreement.BATCH));
              Session session = engine.session()) {
            engine.describe(part);
            Agreement.ofClassifier(part, session, Variant.FLOAT, Agreement.FP16_COSINE);
            // the inspector's actual output, for the tests of its reader
            part.put("layerInformation", engine.engine().layerInformation());
          }
        });
  }
}
