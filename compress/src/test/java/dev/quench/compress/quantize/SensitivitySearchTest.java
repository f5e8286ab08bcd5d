// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.RealModels;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.Sensitivity.TensorSensitivity;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SensitivitySearchTest {
  private static final String CLIPPED = "relu4";

  @Test
  void leavesNothingFloatWhenInt8IsGoodEnough() throws IOException {
    Model model = fused();
    Sensitivity found =
        SensitivitySearch.using(BACKEND).search(model, ranges(model), samples(), 0.995);
    assertThat(found.excludedNodes()).isEmpty();
    assertThat(found.cosine()).isBetween(0.995, 1.0);
    assertThat(found.ranking())
        .extracting(TensorSensitivity::tensor)
        .containsExactlyInAnyOrderElementsOf(QdqPlacement.tensors(model));
  }

  @Test
  void leavesFloatWhatSpoilsTheOutputs() throws IOException {
    Model model = fused();
    QuantizationRanges good = ranges(model);
    QuantizationRanges spoilt =
        name ->
            name.equals(CLIPPED)
                ? OptionalDouble.of(good.threshold(name).getAsDouble() / 50)
                : good.threshold(name);

    Sensitivity found = SensitivitySearch.using(BACKEND).search(model, spoilt, samples(), 0.995);

    assertThat(found.ranking().getFirst().tensor()).isEqualTo(CLIPPED);
    assertThat(found.cosine()).isGreaterThanOrEqualTo(0.995);
    assertThat(found.excludedNodes()).hasSize(1);
    Model quantized = model.copy();
    QuantizationReport report =
        new InsertQdq(spoilt, QdqOptions.DEFAULT.withExcludedNodes(NodeSelection.named(found.excludedNodes())))
            .apply(quantized);
    assertThat(report.activations())
        .extracting(QuantizationReport.QuantizedActivation::tensor)
        .doesNotContain(CLIPPED)
        .hasSize(QdqPlacement.tensors(model).size() - 1);
  }

  @Test
  void saysHowFarItGotWhenNothingHelps() throws IOException {
    Model model = fused();
    QuantizationRanges hopeless = _ -> OptionalDouble.of(1e-6);
    Sensitivity found = SensitivitySearch.using(BACKEND).search(model, hopeless, samples(), 1);
    assertThat(found.excludedNodes()).hasSameSizeAs(QdqPlacement.tensors(model));
    assertThat(found.cosine()).isCloseTo(1, within(1e-9));
  }

  @Test
  void leavesFloatWhatCostsTheScore() throws IOException {
    Model model = fused();
    QuantizationRanges good = ranges(model);
    QuantizationRanges spoilt =
        name ->
            name.equals(CLIPPED)
                ? OptionalDouble.of(good.threshold(name).getAsDouble() / 50)
                : good.threshold(name);
    ModelScore agreement = agreementWith(model);

    Sensitivity found =
        SensitivitySearch.using(BACKEND)
            .search(model, spoilt, samples(), new AccuracyGoal.MaxDrop(agreement, 0.05));

    assertThat(found.reached()).isTrue();
    assertThat(found.drop().getAsDouble()).isLessThanOrEqualTo(0.05);
    assertThat(found.excludedNodes()).hasSize(1);
    TensorSensitivity worst = found.ranking().getFirst();
    assertThat(worst.tensor()).isEqualTo(CLIPPED);
    assertThat(worst.drop().getAsDouble()).isGreaterThan(0.05);
    assertThat(found.ranking()).extracting(each -> each.fidelity().sqnrDecibels()).isSorted();
  }

  /// The share of 200 images on which both models choose the same class.
  private static ModelScore agreementWith(Model model) throws IOException {
    Tensor images = RealModels.fashionImages(1000, 200);
    int[] expected = classes(model, images);
    return candidate -> {
      int[] actual = classes(candidate, images);
      int same = 0;
      for (int i = 0; i < expected.length; i++) {
        same += actual[i] == expected[i] ? 1 : 0;
      }
      return (double) same / expected.length;
    };
  }

  private static int[] classes(Model model, Tensor images) {
    try (Session session = BACKEND.open(model, SessionOptions.DEFAULT)) {
      float[] logits = session.run(Map.of("image", images)).get("logits").toFloats();
      int[] classes = new int[logits.length / 10];
      for (int i = 0; i < logits.length; i++) {
        if (logits[i] > logits[i / 10 * 10 + classes[i / 10]]) {
          classes[i / 10] = i % 10;
        }
      }
      return classes;
    }
  }

  @Test
  void needsSamplesAndACosine() throws IOException {
    Model model = fused();
    QuantizationRanges none = _ -> OptionalDouble.empty();
    SensitivitySearch search = SensitivitySearch.using(BACKEND);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search.search(model, none, List.of(), 0.99))
        .withMessageContaining("at least one sample");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search.search(model, none, samples(), 1.5))
        .withMessageContaining("1.5");
  }

  private static Model fused() throws IOException {
    Model model = RealModels.networkInNetwork();
    Fusion.standard(BACKEND).apply(model);
    return model;
  }

  private static List<Map<String, Tensor>> samples() throws IOException {
    return List.of(Map.of("image", RealModels.fashionImages(100, 16)));
  }

  private static QuantizationRanges ranges(Model model) throws IOException {
    Map<String, Double> ranges = new HashMap<>();
    Tensor images = RealModels.fashionImages(500, 64);
    SessionOptions tapped = SessionOptions.DEFAULT.withTaps(QdqPlacement.tensors(model));
    try (Session session = BACKEND.open(model, tapped)) {
      session.observe(
          Map.of("image", images),
          (name, activation) -> {
            double largest = 0;
            for (float value : activation.toFloats()) {
              largest = Math.max(largest, Math.abs(value));
            }
            ranges.merge(name, largest, Math::max);
          });
    }
    return name ->
        ranges.containsKey(name) ? OptionalDouble.of(ranges.get(name)) : OptionalDouble.empty();
  }
}
