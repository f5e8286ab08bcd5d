// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.eval.LatencyProfile;
import dev.quench.eval.ProfileOptions;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.Int8Calibration;
import dev.quench.trt.Int8Diagnosis;
import dev.quench.trt.QuantizedConvolutions;
import dev.quench.trt.RunOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Is explicit INT8 as fast as implicit INT8, and both faster than FP16? Engines take turns in
/// three rounds; each figure is the median of its rounds.
final class Int8LatencyStep implements GpuStep {
  private static final int BATCH = 64;
  private static final int ROUNDS = 3;

  @Override
  public String name() {
    return "int8-latency";
  }

  @Override
  public int limitSeconds() {
    return 180;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws Exception {
    Model model = SuiteModels.nin();
    Map<String, Tensor> samples = AgreementStep.first(SuiteModels.fashion(true), BATCH);
    Model quantized =
        QuantizedConvolutions.of(model, AgreementStep.first(SuiteModels.fashion(true), 512));
    Map<String, Engine> engines = new LinkedHashMap<>();
    try {
      engines.put("explicitInt8", builder(quantized, Precision.INT8).build());
      engines.put(
          "implicitInt8",
          CalibrationStep.build(
              model,
              Int8Calibration.of(
                  CalibrationStep.ours(
                      model,
                      SuiteModels.fashion(true).limit(256),
                      Int8Calibration.Calibrator.ENTROPY))));
      engines.put("fp16", builder(model, Precision.FP16).build());
      engines.put("fp32", builder(model, Precision.FP32).build());
      measure(result, engines, samples, flush);
      ArrayNode diagnosis = result.putArray("diagnosisOfExplicitInt8");
      Engine explicit = engines.get("explicitInt8");
      Int8Diagnosis.of(
              explicit.layers(),
              Optional.of(quantized),
              Optional.of(explicit.layerTimes(samples, 50)),
              explicit.buildReport().orElseThrow().warnings())
          .lines(20)
          .forEach(diagnosis::add);
    } finally {
      engines.values().forEach(Engine::close);
    }
  }

  private static EngineBuilder builder(Model model, Precision precision) {
    return EngineBuilder.of(model).precision(precision).batch(1, BATCH, 200);
  }

  private static void measure(
      ObjectNode result, Map<String, Engine> engines, Map<String, Tensor> samples, Runnable flush) {
    Map<String, List<Double>> computed = new LinkedHashMap<>();
    ObjectNode rounds = result.putObject("rounds");
    for (int round = 0; round < ROUNDS; round++) {
      ObjectNode figures = rounds.putObject(Integer.toString(round));
      engines.forEach((name, engine) -> {
        try (Session session = engine.openSession(RunOptions.DEFAULT)) {
          LatencyProfile profile =
              LatencyProfile.measure(
                  session, samples, new ProfileOptions(200, 1000, 100), Progress.NONE);
          double compute = profile.stages().orElseThrow().compute().p50();
          computed.computeIfAbsent(name, _ -> new ArrayList<>()).add(compute);
          figures
              .putObject(name)
              .put("computeMillisP50", compute)
              .put("latencyMillisP50", profile.latencyMillis().p50())
              .put(
                  "computeVariation",
                  profile.stages().orElseThrow().compute().coefficientOfVariation());
        }
      });
      flush.run();
    }
    result.put("batchSize", BATCH);
    ObjectNode medians = result.putObject("computeMillisMedian");
    computed.forEach(
        (name, values) -> medians.put(name, values.stream().sorted().toList().get(ROUNDS / 2)));
    result.put(
        "explicitOverImplicit",
        medians.path("explicitInt8").asDouble() / medians.path("implicitInt8").asDouble());
    flush.run();
  }
}
