// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.trt.BuildReport;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.TensorRtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Does a build work here with the builder resources that are installed, which may be PTX alone,
/// and how long does it take?
final class BuildStep implements GpuStep {
  @Override
  public String name() {
    return "build";
  }

  @Override
  public int limitSeconds() {
    return 180;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws IOException {
    ArrayNode resources = result.putArray("builderResources");
    builderResources().forEach(resources::add);
    Model model = SuiteModels.nin();
    ObjectNode builds = result.putObject("builds");
    for (Precision precision : List.of(Precision.FP32, Precision.FP16)) {
      ObjectNode build = builds.putObject(precision.name());
      try (Engine engine = EngineBuilder.of(model).precision(precision).batch(1, 32, 64).build()) {
        BuildReport report = engine.buildReport().orElseThrow();
        build.put("seconds", report.seconds());
        build.put("planBytes", report.planBytes());
        ObjectNode layers = build.putObject("layersByPrecision");
        report.layers().countsByPrecision().forEach(layers::put);
        ArrayNode warnings = build.putArray("warnings");
        report.warnings().stream().limit(20).forEach(warnings::add);
        if (precision == Precision.FP16) {
          // What the inspector really writes, for the tests of its reader.
          result.put("layerInformation", engine.layerInformation());
        }
      } catch (TensorRtException e) {
        build.put("error", e.getMessage());
        flush.run();
        throw e;
      }
      flush.run();
    }
  }

  private static List<String> builderResources() throws IOException {
    String path = System.getProperty("java.library.path", "");
    for (String folder : path.split(":", -1)) {
      if (!folder.isEmpty() && Files.isDirectory(Path.of(folder))) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
          List<String> found =
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.contains("builder_resource"))
                  .sorted()
                  .toList();
          if (!found.isEmpty()) {
            return found;
          }
        }
      }
    }
    return List.of();
  }
}
