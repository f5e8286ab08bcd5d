// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Builds an INT8 engine where there is a GPU and runs on ONNX Runtime where there is none.
final class BuildAndRunInt8 {
  private BuildAndRunInt8() {}

  static Map<String, Tensor> run(Path modelFile, Map<String, Tensor> inputs, Path engineFile)
      throws IOException {
    Model model = OnnxReader.read(modelFile);
    if (Backends.named("tensorrt").availability().isAvailable()) {
      try (Engine engine =
              EngineBuilder.of(model).precision(Precision.INT8).batch(1, 8, 32).build();
          Session session = engine.openSession()) {
        engine.save(engineFile);
        return session.run(inputs);
      }
    }
    try (Session session = Backends.auto(model).backend().open(model, SessionOptions.DEFAULT)) {
      return session.run(inputs);
    }
  }
}
