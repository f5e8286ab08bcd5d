// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.build.EngineBuilder;
import java.io.IOException;
import java.util.Map;

/// Do PP-OCR's detection and its recognition, with one engine for lines of several widths, match
/// ONNX Runtime in INT8 and in floating point?
public final class TextStep implements GpuStep {
  @Override
  public void run(StepReport report) {
    for (Precision precision : new Precision[] {Precision.INT8, Precision.FP16, Precision.FP32}) {
      for (Network network : new Network[] {Network.DETECTION, Network.RECOGNITION}) {
        report.part(
            network.label() + " " + precision, part -> compare(report, part, network, precision));
      }
    }
  }

  private static void compare(
      StepReport report, StepPart part, Network network, Precision precision) throws IOException {
    PreparedFolder folder = PreparedFolder.current();
    Variant variant = precision == Precision.INT8 ? Variant.INT8 : Variant.FLOAT;
    Bar bar = precision == Precision.INT8 ? Agreement.INT8_COSINE : Agreement.FP16_COSINE;
    Model model = folder.model(network, variant);
    EngineBuilder builder = EngineBuilder.of(model).precision(precision);
    if (network == Network.DETECTION) {
      Shape pages = Shape.of(2, 3, 320, 320);
      builder.profile(network.input(), Shape.of(1, 3, 320, 320), pages, pages);
    } else {
      builder.profile(
          network.input(),
          Shape.of(1, 3, 48, 96),
          Shape.of(2, 3, 48, 320),
          Shape.of(2, 3, 48, 480));
    }
    try (BuiltEngine engine = new Engines(report).build(part, model, builder);
        Session session = engine.session()) {
      engine.describe(part);
      for (String shape : network.shapes()) {
        Tensor actual =
            Agreement.only(session.run(Map.of(network.input(), folder.inputs(network, shape))));
        Agreement.compare(part, shape + " ", folder.outputs(network, variant, shape), actual, bar);
      }
    }
  }
}
