// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.compress.fuse.Fusion;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Trained networks on real and drawn images, with ranges by min-max.
class QuantizedNetworkTest {
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withThreads(1);

  @Test
  void staysCloseToItsFloatOriginal() throws IOException {
    Model model = RealModels.networkInNetwork();
    Fusion.standard(BACKEND).apply(model);
    Map<String, Double> ranges = minMax(model, Map.of("image", RealModels.fashionImages(500, 64)));
    Model quantized = model.copy();

    QuantizationReport report =
        new InsertQdq(name -> OptionalDouble.of(ranges.get(name)), QdqOptions.DEFAULT)
            .apply(quantized);

    Tensor images = RealModels.fashionImages(0, 200);
    Tensor expected = logits(model, images);
    Tensor actual = logits(quantized, images);
    assertThat(report.layers()).filteredOn(layer -> layer.startsWith("Conv")).hasSize(9);
    assertThat(cosine(expected, actual)).isGreaterThan(0.999);
    assertThat(signalToNoiseDecibels(expected, actual)).isGreaterThan(25);
    assertThat(agreement(expected, actual)).isGreaterThanOrEqualTo(197);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        "ch_PP-OCRv3_det_infer.onnx",
        "ch_PP-OCRv3_rec_infer.onnx",
        "ch_PP-OCRv4_det_infer.onnx",
        "ch_PP-OCRv4_rec_infer.onnx"
      })
  void keepsTextRecognitionClose(String file) throws IOException {
    Model model = RealModels.ppOcr(file);
    new OpsetUpgrade(13).apply(model);
    Fusion.standard(BACKEND).apply(model);
    Map<String, Tensor> input = RealModels.ppOcrInput(file);
    Map<String, Double> ranges = minMax(model, input);
    Model quantized = model.copy();

    QuantizationReport report =
        new InsertQdq(name -> OptionalDouble.of(ranges.get(name)), QdqOptions.DEFAULT)
            .apply(quantized);

    GraphValidator.validate(quantized);
    String output = model.graph().outputs().getFirst().name();
    assertThat(report.layers()).hasSizeGreaterThan(30);
    assertThat(cosine(run(model, input).get(output), run(quantized, input).get(output)))
        .isGreaterThan(0.99);
  }

  @Test
  void fusionKeepsTheQuantizers() throws IOException {
    Model model = RealModels.networkInNetwork();
    Fusion.standard(BACKEND).apply(model);
    new InsertQdq(_ -> OptionalDouble.of(3), QdqOptions.DEFAULT).apply(model);
    Map<String, Tensor> input = Map.of("image", RealModels.fashionImages(0, 4));
    Map<String, Tensor> before = run(model, input);

    Fusion.standard(BACKEND).apply(model);

    assertThat(opTypes(model)).filteredOn("QuantizeLinear"::equals).hasSize(9);
    assertThat(opTypes(model)).filteredOn("DequantizeLinear"::equals).hasSize(18);
    assertThat(run(model, input).get("logits").contentEquals(before.get("logits"))).isTrue();
  }

  private static Map<String, Double> minMax(Model model, Map<String, Tensor> inputs) {
    Set<String> tensors = QdqPlacement.tensors(model);
    Map<String, Double> ranges = new HashMap<>();
    try (Session session = BACKEND.open(model, OPTIONS.withTaps(tensors))) {
      session.observe(
          inputs,
          (name, tensor) -> {
            double amax = 0;
            for (float value : tensor.toFloats()) {
              amax = Math.max(amax, Math.abs(value));
            }
            ranges.put(name, amax);
          });
    }
    return ranges;
  }

  private static Tensor logits(Model model, Tensor images) {
    try (Session session = BACKEND.open(model, OPTIONS)) {
      return session.run(Map.of("image", images)).get("logits");
    }
  }

  private static double cosine(Tensor a, Tensor b) {
    double dot = 0;
    double normA = 0;
    double normB = 0;
    for (long i = 0; i < a.elements(); i++) {
      dot += a.doubleAt(i) * b.doubleAt(i);
      normA += a.doubleAt(i) * a.doubleAt(i);
      normB += b.doubleAt(i) * b.doubleAt(i);
    }
    return dot / Math.sqrt(normA * normB);
  }

  private static double signalToNoiseDecibels(Tensor signal, Tensor other) {
    double power = 0;
    double noise = 0;
    for (long i = 0; i < signal.elements(); i++) {
      power += signal.doubleAt(i) * signal.doubleAt(i);
      noise += Math.pow(signal.doubleAt(i) - other.doubleAt(i), 2);
    }
    return 10 * Math.log10(power / noise);
  }

  private static int agreement(Tensor a, Tensor b) {
    int same = 0;
    for (int row = 0; row < a.shape().size(0); row++) {
      same += top(a, row) == top(b, row) ? 1 : 0;
    }
    return same;
  }

  private static int top(Tensor logits, int row) {
    int best = 0;
    for (int c = 1; c < 10; c++) {
      if (logits.doubleAt(row * 10L + c) > logits.doubleAt(row * 10L + best)) {
        best = c;
      }
    }
    return best;
  }
}
