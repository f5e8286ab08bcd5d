// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.BundledFiles;
import dev.quench.trt.QuantizedConvolutions;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The bundled network on a GPU, against ONNX Runtime.
@Tag("gpu")
class EngineOnGpuTest {
  private static final Path NIN = BundledFiles.of("nin-fashion-mnist.onnx");
  private static final int BATCH = 16;

  @TempDir Path folder;
  private Model model;
  private Map<String, Tensor> images;
  private float[] expected;

  @BeforeEach
  void runReference() throws IOException {
    model = OnnxReader.read(NIN);
    images = Map.of("image", noise(BATCH));
    try (Session session = new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT)) {
      expected = session.run(images).get("logits").toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32, 0.999999", "TF32, 0.9999", "FP16, 0.9999", "BF16, 0.999"})
  void agreesWithOnnxRuntime(Precision precision, double cosine) {
    try (Engine engine = build(model, precision)) {
      assertThat(cosine(run(engine))).isGreaterThan(cosine);
    }
  }

  @Test
  void runsQuantizedModels() {
    Model quantized = QuantizedConvolutions.of(model, images);
    try (Engine engine = build(quantized, Precision.INT8)) {
      assertThat(cosine(run(engine))).isGreaterThan(0.99);
      assertThat(engine.layerInformation()).contains("Int8");
    }
  }

  @Test
  void describesItselfAsTheModelDoes() {
    try (Engine engine = build(model, Precision.FP32)) {
      assertThat(engine.inputs()).extracting(TensorSpec::name).containsExactly("image");
      assertThat(engine.inputs().getFirst().shape().dim(0)).isInstanceOf(Dim.Symbolic.class);
      assertThat(engine.outputs()).extracting(TensorSpec::name).containsExactly("logits");
      assertThat(engine.profile().get("image").max()).isEqualTo(Shape.of(64, 1, 28, 28));
      assertThat(engine.layerInformation()).startsWith("{");
    }
  }

  @Test
  void survivesSavingAndLoading() throws IOException {
    Path plan = folder.resolve("nin.engine");
    float[] before;
    try (Engine engine = build(model, Precision.FP16)) {
      before = run(engine);
      engine.save(plan);
    }
    assertThat(folder.resolve("nin.engine.json")).exists();
    try (Engine engine = Engine.load(plan)) {
      assertThat(run(engine)).containsExactly(before);
      assertThat(engine.manifest().orElseThrow().precision()).isEqualTo(Precision.FP16);
    }
  }

  @Test
  void refusesAPlanThatWasTamperedWith() throws IOException {
    Path plan = folder.resolve("nin.engine");
    try (Engine engine = build(model, Precision.FP32)) {
      engine.save(plan);
    }
    byte[] bytes = Files.readAllBytes(plan);
    bytes[bytes.length / 2] ^= 1;
    Files.write(plan, bytes);
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> Engine.load(plan))
        .withMessageContaining("SHA-256");
  }

  @Test
  void saysWhatTensorRtSaysOfAPlanThatIsNone() throws IOException {
    Path plan = folder.resolve("none.engine");
    Files.write(plan, new byte[1000]);
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> Engine.trustForeignEngine(plan))
        .withMessageContaining("TensorRT says: error: ");
  }

  @Test
  void loadsAForeignEngineOnlyOnTrust() throws IOException {
    Path plan = folder.resolve("nin.engine");
    try (Engine engine = build(model, Precision.FP32)) {
      engine.save(plan);
    }
    Files.delete(folder.resolve("nin.engine.json"));
    assertThatExceptionOfType(TensorRtException.class).isThrownBy(() -> Engine.load(plan));
    try (Engine engine = Engine.trustForeignEngine(plan)) {
      assertThat(cosine(run(engine))).isGreaterThan(0.999999);
      assertThat(engine.manifest()).isEmpty();
    }
  }

  @Test
  void refusesABatchBeyondTheProfile() {
    try (Engine engine = build(model, Precision.FP32);
        Session session = engine.openSession()) {
      Map<String, Tensor> tooMany = Map.of("image", noise(65));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(tooMany))
          .withMessageContaining("[65, 1, 28, 28]");
    }
  }

  @Test
  void closesItsSessions() {
    Session session;
    try (Engine engine = build(model, Precision.FP32)) {
      session = engine.openSession();
      assertThat(session.run(images)).containsKey("logits");
    }
    assertThatIllegalStateException().isThrownBy(() -> session.run(images));
    session.close();
  }

  @Test
  void runsSeveralSessionsAtOnce() {
    try (Engine engine = build(model, Precision.FP32);
        Session one = engine.openSession();
        Session two = engine.openSession()) {
      assertThat(one.run(images).get("logits").toFloats())
          .containsExactly(two.run(images).get("logits").toFloats());
    }
  }

  private static Engine build(Model model, Precision precision) {
    return EngineBuilder.of(model).precision(precision).batch(1, BATCH, 64).build();
  }

  private float[] run(Engine engine) {
    try (Session session = engine.openSession()) {
      return session.run(images).get("logits").toFloats();
    }
  }

  private double cosine(float[] actual) {
    double product = 0;
    double left = 0;
    double right = 0;
    for (int i = 0; i < actual.length; i++) {
      product += (double) actual[i] * expected[i];
      left += (double) actual[i] * actual[i];
      right += (double) expected[i] * expected[i];
    }
    return product / Math.sqrt(left * right);
  }

  private static Tensor noise(int batch) {
    SplittableRandom random = new SplittableRandom(20260101);
    float[] pixels = new float[batch * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(Shape.of(batch, 1, 28, 28), pixels);
  }
}
