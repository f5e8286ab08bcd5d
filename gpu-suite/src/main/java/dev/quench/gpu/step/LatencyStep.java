// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.eval.LatencyProfile;
import dev.quench.eval.ProfileOptions;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.report.StageSummary;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.Int8Calibration;
import dev.quench.trt.build.TimingCache;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.Int8Diagnosis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Is explicit INT8 as fast as implicit INT8, and both faster than FP16? Engines that share one
/// timing cache take turns in three rounds; each figure is the median of its rounds, and the clocks
/// are recorded with each.
public final class LatencyStep implements GpuStep {
  private static final int BATCH = 64;
  private static final int ROUNDS = 3;
  private static final int LAYER_RUNS = 50;
  private static final int OBSERVATIONS = 20;
  private static final String EXPLICIT = "explicitInt8";
  private static final String IMPLICIT = "implicitInt8";
  private static final Bar WITHIN_5_PERCENT = Bar.atMost(1.05);

  @Override
  public void run(StepReport report) throws IOException {
    PreparedFolder folder = PreparedFolder.current();
    Model plain = folder.model(Network.NIN, Variant.FLOAT);
    Model quantized = folder.model(Network.NIN, Variant.INT8);
    Map<String, Tensor> samples = Agreement.images(BATCH);
    Int8Calibration ranges = ImplicitInt8Step.ranges(folder, Int8Calibration.Calibrator.ENTROPY);
    Map<String, EngineBuilder> builders = new LinkedHashMap<>();
    builders.put(EXPLICIT, EngineBuilder.of(quantized).precision(Precision.INT8));
    builders.put(IMPLICIT, EngineBuilder.of(plain).precision(Precision.FP16).implicitInt8(ranges));
    builders.put("fp16", EngineBuilder.of(plain).precision(Precision.FP16));
    builders.put("fp32", EngineBuilder.of(plain).precision(Precision.FP32));
    Path timings = Path.of(System.getProperty("java.io.tmpdir"), "quench-gpu-suite-timings");
    TimingCache shared = TimingCache.open(timings);
    report.part(
        "rounds",
        part -> {
          part.put("batchSize", BATCH);
          Map<String, BuiltEngine> engines = new LinkedHashMap<>();
          try {
            builders.forEach((name, builder) ->
                build(
                    report,
                    part,
                    name,
                    name.equals(EXPLICIT) ? quantized : plain,
                    builder.batch(1, BATCH, Agreement.BATCH).timings(shared),
                    engines));
            measure(report, part, engines, samples);
            if (engines.containsKey(EXPLICIT)) {
              diagnose(part, engines.get(EXPLICIT).engine(), quantized, samples);
            }
          } finally {
            engines.values().forEach(BuiltEngine::close);
          }
        });
  }

  /// Builds an engine; one that fails to build is only left out of the comparison.
  private static void build(
      StepReport report,
      StepPart part,
      String name,
      Model model,
      EngineBuilder builder,
      Map<String, BuiltEngine> engines) {
    try {
      BuiltEngine engine = new Engines(report).build(part, model, builder);
      engines.put(name, engine);
      part.add("builds", Map.of("engine", name, "builds", true));
    } catch (TensorRtException e) {
      part.add(
          "builds",
          Map.of("engine", name, "builds", false, "error", String.valueOf(e.getMessage())));
    }
  }

  private static void measure(
      StepReport report,
      StepPart part,
      Map<String, BuiltEngine> engines,
      Map<String, Tensor> samples)
      throws InterruptedException, ExecutionException {
    ProfileOptions options =
        report.isRehearsal() ? new ProfileOptions(0, 10, 2) : new ProfileOptions(200, 1000, 100);
    Map<String, List<Double>> computed = new LinkedHashMap<>();
    int rounds = report.isRehearsal() ? 1 : ROUNDS;
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, BuiltEngine> entry : engines.entrySet()) {
        try (Session session = entry.getValue().session()) {
          // Read under load: an idle GPU lowers its clocks at once.
          FutureTask<Map<String, String>> clocks = new FutureTask<>(Clocks::read);
          Thread.ofPlatform().daemon().start(clocks);
          LatencyProfile profile = LatencyProfile.measure(session, samples, options, Progress.NONE);
          StageSummary stages = profile.stages().orElseThrow();
          double compute = stages.compute().p50();
          computed.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>()).add(compute);
          part.add(
              "rounds",
              Map.of(
                  "round", round,
                  "engine", entry.getKey(),
                  "computeMillisP50", compute,
                  "computeVariation", stages.compute().coefficientOfVariation(),
                  "latencyMillisP50", profile.latencyMillis().p50(),
                  "latencyMillisP99", profile.latencyMillis().p99(),
                  "clocks", clocks.get()));
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    computed.forEach(
        (name, values) -> medians.put(name, values.stream().sorted().toList().get(rounds / 2)));
    part.put("computeMillisMedian", medians);
    if (medians.containsKey(EXPLICIT) && medians.containsKey(IMPLICIT)) {
      part.put(
          "explicitOverImplicit", medians.get(EXPLICIT) / medians.get(IMPLICIT), WITHIN_5_PERCENT);
    }
  }

  private static void diagnose(
      StepPart part, Engine explicit, Model quantized, Map<String, Tensor> samples) {
    part.put(
        "diagnosisOfExplicitInt8",
        Int8Diagnosis.of(
                explicit.layers(),
                Optional.of(quantized),
                Optional.of(explicit.layerTimes(samples, LAYER_RUNS)),
                explicit.buildReport().orElseThrow().warnings())
            .lines(OBSERVATIONS));
  }
}
