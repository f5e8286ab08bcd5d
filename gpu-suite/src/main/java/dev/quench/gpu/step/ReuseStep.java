// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.TimingCache;
import dev.quench.trt.execute.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Are the outputs of an engine the same after saving and loading, does a second process find it in
/// the engine cache, and how much time does the timing cache save?
public final class ReuseStep implements GpuStep {
  private static final Bar NOTHING = Bar.atMost(0);

  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    Path folder = Files.createTempDirectory("quench-reuse");
    try {
      saveAndLoad(report, engines, model, folder.resolve("nin.engine"));
      secondProcess(report, folder.resolve("engines"));
      timings(report, engines, model, folder.resolve("timings"));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static void saveAndLoad(StepReport report, Engines engines, Model model, Path plan) {
    report.part(
        "save and load",
        part -> {
          Map<String, Tensor> images = Agreement.images(4);
          Tensor before;
          try (BuiltEngine engine = engines.build(part, model, builder(model));
              Session session = engine.session()) {
            before = Agreement.only(session.run(images));
            engine.engine().save(plan);
          }
          long start = System.nanoTime();
          try (Engine engine = Engine.load(plan);
              Session session = engine.openSession()) {
            part.put("loadSeconds", seconds(start))
                .put("planBytes", Files.size(plan))
                .put(
                    "outputsDifferent",
                    Agreement.equal(before, Agreement.only(session.run(images))) ? 0 : 1,
                    NOTHING);
          }
        });
  }

  private static void secondProcess(StepReport report, Path cache) {
    report.part(
        "engine cache in a second process",
        part -> {
          JsonNode first =
              SecondProcess.start(EngineCacheMain.class, Map.of(), List.of(), cache.toString())
                  .result();
          part.put("firstSeconds", first.path("seconds").asDouble())
              .put("firstReason", first.path("reason").asText());
          JsonNode second =
              SecondProcess.start(EngineCacheMain.class, Map.of(), List.of(), cache.toString())
                  .result();
          part.put("secondSeconds", second.path("seconds").asDouble())
              .put("secondReason", second.path("reason").asText())
              .put("secondBuilt", second.path("reason").asText().isEmpty() ? 0 : 1, NOTHING)
              .put(
                  "outputsDifferent",
                  first.path("logits").equals(second.path("logits")) ? 0 : 1,
                  NOTHING);
        });
  }

  private static void timings(StepReport report, Engines engines, Model model, Path folder) {
    report.part(
        "timing cache",
        part -> {
          // The first build absorbs the once-per-process work of the libraries.
          engines.build(part, model, builder(model).optimizationLevel(0)).close();
          TimingCache timings = TimingCache.open(folder);
          double[] seconds = new double[2];
          for (int i = 0; i < seconds.length; i++) {
            long start = System.nanoTime();
            engines.build(part, model, builder(model).timings(timings)).close();
            seconds[i] = seconds(start);
          }
          part.put("secondsWithoutTimes", seconds[0])
              .put("secondsWithTimes", seconds[1])
              .put("speedUp", seconds[0] / seconds[1]);
        });
  }

  static EngineBuilder builder(Model model) {
    return EngineBuilder.of(model).precision(Precision.FP16).batch(1, 4, 64);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
