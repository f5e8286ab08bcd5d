// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.int8.FormTrial;
import dev.quench.pipeline.int8.Int8Files;
import dev.quench.pipeline.int8.Int8Result;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.run.Precision;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Writes `docs/results/int8-onnxruntime.json`, one model a test: the forms that `quench int8`
/// tries on ONNX Runtime, their time and fidelity, and what the one it keeps scores on other data.
/// No part of the normal tests, as its name says to Surefire; run it by name, alone on the machine.
class OnnxRuntimeFormReport {
  private static final Path REPORT = Path.of("..", "docs", "results", "int8-onnxruntime.json");

  static final String MOBILENET = "quench.mobilenet";

  /// The method with which the form does best on the samples held back.
  private static final String CHOSEN = "chosen";

  private static final int TEST_BATCH = 250;
  private static final int NOISE_SAMPLES = 32;

  @TempDir private Path folder;
  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({"v3, chosen", "v4, chosen"})
  void detection(String version, String method) throws IOException {
    judge(RealNetwork.detector(version, 320), method, 64, 50);
  }

  @ParameterizedTest
  @CsvSource({"v3, chosen", "v4, chosen"})
  void recognition(String version, String method) throws IOException {
    judge(RealNetwork.recognizer(version, 128), method, 132, 500);
  }

  @Test
  void sentences() throws IOException {
    Optional<RealNetwork> encoder = RealNetwork.sentenceEncoder();
    assertThat(encoder).as("run with the profile real-models").isPresent();
    judge(encoder.get(), CHOSEN, 96, 200);
  }

  @Test
  void resNet50() throws IOException {
    judge(
        "ResNet-50, random weights",
        untrained(Architecture.RESNET50, 1000, 224, 1),
        noise(224),
        "minmax",
        null);
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 640})
  void siluDetector(int side) throws IOException {
    judge(
        "SiLU detector of %d by %d, random weights".formatted(side, side),
        detector(side),
        noise(side),
        "minmax",
        null);
  }

  /// Untrained.
  static Model detector(int side) {
    return untrained(Architecture.CSP_DETECTOR, 80, side, 0.5);
  }

  /// Of the file that the property names, trained by `quench train --arch mobilenet-v2 --width 0.5`
  /// on Fashion-MNIST.
  @Test
  void mobileNetV2() throws IOException {
    String file = System.getProperty(MOBILENET);
    assertThat(file).as("run with -D%s=FILE, a MobileNet-v2 of 28 x 28", MOBILENET).isNotNull();
    Model model = OnnxReader.read(Path.of(file));
    judge(
        "MobileNet-v2 on Fashion-MNIST",
        model,
        BundledFiles.trainingImages(),
        CHOSEN,
        quantized -> onTestImages(model, quantized));
  }

  /// Top-1 of Fashion-MNIST.
  static EvaluationReport onTestImages(Model exact, Model quantized) throws IOException {
    return Evaluation.on(BundledFiles.testImages())
        .metric(new TopK(List.of(1)))
        .batchSize(TEST_BATCH)
        .add(candidate("FP32", exact))
        .add(candidate("INT8", quantized))
        .run();
  }

  private static Candidate candidate(String name, Model model) {
    return new Candidate(
        name, model, new OnnxRuntimeBackend(), Precision.FP32, OnnxWriter.toBytes(model).length);
  }

  private static Model untrained(Architecture architecture, int classes, int side, double width) {
    return architecture.build(
        NetworkOptions.CIFAR
            .withClasses(classes)
            .withInput(3, side, side)
            .withWidthMultiplier(width));
  }

  /// Images of normal noise.
  static GeneratedDataset noise(int side) {
    Shape shape = Shape.of(1, 3, side, side);
    return new GeneratedDataset(
        "noise of 3 by %d by %d, normal".formatted(side, side),
        NOISE_SAMPLES,
        index -> {
          SplittableRandom random = new SplittableRandom(index);
          float[] pixels = new float[Math.toIntExact(shape.elements())];
          for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
          }
          return new GeneratedDataset.Sample(
              Map.of("image", Tensor.ofFloats(shape, pixels)), new Labels.None());
        });
  }

  private void judge(RealNetwork network, String method, long calibration, long evaluation)
      throws IOException {
    judge(
        network.name(),
        network.model(),
        network.calibration(calibration),
        method,
        quantized -> network.evaluate(quantized, network.evaluation(evaluation)));
  }

  /// Scores a form beside FP32 on other data.
  @FunctionalInterface
  private interface Score {
    EvaluationReport of(Model quantized) throws IOException;
  }

  /// @param score null where time alone counts
  private void judge(
      String name, Model network, Dataset calibration, String method, @Nullable Score score)
      throws IOException {
    dev.quench.pipeline.int8.Int8Recipe recipe =
        dev.quench.pipeline.int8.Int8Recipe.of(
                network.copy(), calibration, new Int8Files(folder, "network"))
            .bound(new LossBound(0, 1));
    if (!method.equals(CHOSEN)) {
      recipe.settings(CalibrationSettings.DEFAULT.withMethod(RangeMethod.parse(method)));
    }
    Int8Result result = recipe.run();
    ObjectNode model = mapper.createObjectNode();
    model.put("calibration", calibration.description());
    model.put("method", method);
    ArrayNode trials = model.putArray("trials");
    for (FormTrial trial : result.onnxRuntime().trials()) {
      ObjectNode node = trials.addObject().put("form", trial.form().toString());
      switch (trial) {
        case FormTrial.Left left -> node.put("notTried", left.reason());
        case FormTrial.Measured measured -> {
          node.put("medianMillis", measured.millis())
              .put("floatMedianMillis", measured.floatMillis())
              .put("timeAgainstFp32", measured.ratio())
              .put("worstCosine", measured.worstCosine())
              .put("layers", measured.report().layers().size());
          if (score == null) {
            node.put("fp32SizeBytes", OnnxWriter.toBytes(network).length)
                .put("sizeBytes", OnnxWriter.toBytes(measured.model()).length);
          } else {
            EvaluationReport report = score.of(measured.model());
            node.set("fp32", scores(report.results().get(0)));
            node.set("int8", scores(report.results().get(1)));
          }
        }
      }
      System.out.println(name + ": " + node);
    }
    model.put(
        "fastest", result.onnxRuntime().best().map(best -> best.form().toString()).orElse("FP32"));
    model.put(
        "kept", result.onnxRuntime().kept().map(kept -> kept.form().toString()).orElse("FP32"));
    ObjectNode facts = model.putObject("environment");
    Environment.current().facts().forEach(facts::put);
    write(name, model);
  }

  private void write(String name, ObjectNode model) throws IOException {
    ObjectNode root =
        Files.exists(REPORT)
            ? (ObjectNode) mapper.readTree(REPORT.toFile())
            : mapper.createObjectNode();
    root.set(name, model);
    Files.writeString(REPORT, root.toPrettyString() + "\n");
  }

  private ObjectNode scores(EvaluationResult result) {
    ObjectNode node = mapper.createObjectNode();
    result
        .scores()
        .forEach((name, score) -> {
          if (Double.isFinite(score)) {
            node.put(name, score);
          }
        });
    return node.put("sizeBytes", result.sizeBytes());
  }
}
