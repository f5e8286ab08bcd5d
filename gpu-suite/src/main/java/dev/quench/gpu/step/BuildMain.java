// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.execute.Engine;
import java.io.IOException;

/// Builds the classifier in FP32 and prints the result. Runs in a process with a modified library
/// path.
final class BuildMain {
  private BuildMain() {}

  public static void main(String[] arguments) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    long start = System.nanoTime();
    try (Engine engine =
        EngineBuilder.of(model).precision(Precision.FP32).batch(1, 32, 64).build()) {
      System.out.println(
          new ObjectMapper()
              .createObjectNode()
              .put("builds", true)
              .put("buildSeconds", (System.nanoTime() - start) / 1e9)
              .put(
                  "layersByPrecision",
                  engine.buildReport().orElseThrow().layers().countsByPrecision().toString()));
    }
  }
}
