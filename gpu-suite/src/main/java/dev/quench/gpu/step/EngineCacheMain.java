// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.graph.Model;
import dev.quench.run.Session;
import dev.quench.trt.cache.EngineCache;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Path;

/// Loads the classifier from the engine cache in the folder given as the argument. Prints the
/// reason if the cache had to build it, and the outputs.
final class EngineCacheMain {
  private EngineCacheMain() {}

  public static void main(String[] arguments) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    long start = System.nanoTime();
    EngineCache.Cached found =
        EngineCache.open(Path.of(arguments[0])).engine(ReuseStep.builder(model));
    double seconds = (System.nanoTime() - start) / 1e9;
    try (Engine engine = found.engine();
        Session session = engine.openSession()) {
      ObjectNode result =
          new ObjectMapper()
              .createObjectNode()
              .put("seconds", seconds)
              .put("reason", found.reason().orElse(""));
      ArrayNode logits = result.putArray("logits");
      for (float value : Agreement.only(session.run(Agreement.images(4))).toFloats()) {
        logits.add(value);
      }
      System.out.println(result);
    }
  }
}
