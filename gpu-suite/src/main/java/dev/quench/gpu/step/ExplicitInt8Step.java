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
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.EngineLayer;
import dev.quench.trt.inspect.Int8Diagnosis;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/// Does the classifier that the product quantized match ONNX Runtime on the same file, and which
/// precision did each layer get?
public final class ExplicitInt8Step implements GpuStep {
  private static final int OBSERVATIONS = 20;

  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.INT8);
    Engines engines = new Engines(report);
    report.part(
        "agreement",
        part -> {
          try (BuiltEngine engine =
                  engines.build(
                      part,
                      model,
                      EngineBuilder.of(model)
                          .precision(Precision.INT8)
                          .batch(1, Agreement.BATCH, Agreement.BATCH));
              Session session = engine.session()) {
            engine.describe(part);
            Agreement.ofClassifier(part, session, Variant.INT8, Agreement.INT8_COSINE);
            Engine built = engine.engine();
            for (EngineLayer layer : built.layers().layers()) {
              part.add(
                  "layers",
                  Map.of(
                      "name", layer.name(),
                      "precision", layer.precision().map(Enum::name).orElse("unknown"),
                      "kernel", layer.tactic()));
            }
            part.put(
                "diagnosis",
                Int8Diagnosis.of(
                        built.layers(),
                        Optional.of(model),
                        Optional.empty(),
                        built.buildReport().orElseThrow().warnings())
                    .lines(OBSERVATIONS));
          }
        });
  }
}
