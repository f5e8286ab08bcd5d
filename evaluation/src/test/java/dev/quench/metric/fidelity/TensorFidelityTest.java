// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TensorFidelityTest {
  private static Map<String, Double> scores(int k, Tensor expected, Tensor... actual) {
    Metric.Accumulator accumulator =
        new TensorFidelity(_ -> Map.of("y", expected), Optional.empty(), k).begin();
    for (Tensor each : actual) {
      accumulator.add(
          new Batch(Map.of(), new Labels.None(), (int) each.shape().size(0)), Map.of("y", each));
    }
    return accumulator.scores();
  }

  private static Tensor row(float... values) {
    return Tensor.ofFloats(Shape.of(1, values.length), values);
  }

  @Test
  void isPerfectForEqualTensors() {
    Tensor tensor = Tensor.ofFloats(Shape.of(2, 3), 1, -2, 3, 0, 0, Float.NaN);

    assertThat(scores(2, tensor, tensor))
        .containsExactly(
            Map.entry("cosine", 1.0),
            Map.entry("cosineMin", 1.0),
            Map.entry("sqnrDecibel", Double.POSITIVE_INFINITY),
            Map.entry("maxAbsoluteError", 0.0),
            Map.entry("top1Agreement", 1.0),
            Map.entry("topKAgreement", 1.0));
  }

  @Test
  void measuresAsByHand() {
    Tensor expected = row(3, 4, 0);
    Map<String, Double> scores = scores(2, expected, row(3, 4, 0), row(0, 4, 3));

    assertThat(scores.get("cosine")).isCloseTo((1 + 16 / 25.0) / 2, within(1e-12));
    assertThat(scores.get("cosineMin")).isCloseTo(16 / 25.0, within(1e-12));
    assertThat(scores.get("sqnrDecibel")).isCloseTo(10 * Math.log10(50 / 18.0), within(1e-12));
    assertThat(scores).containsEntry("maxAbsoluteError", 3.0).containsEntry("top1Agreement", 1.0);
    assertThat(scores.get("topKAgreement")).isCloseTo((1 + 0.5) / 2, within(1e-12));
  }

  @Test
  void showsBrokenValues() {
    assertThat(scores(2, row(1, 2), row(1, Float.NaN)))
        .containsEntry("cosine", 0.0)
        .containsEntry("sqnrDecibel", Double.NEGATIVE_INFINITY)
        .containsEntry("maxAbsoluteError", Double.NaN)
        .doesNotContainKey("topKAgreement");
  }

  @Test
  void refusesOtherShapes() {
    assertThatThrownBy(() -> scores(2, row(1, 2), row(1, 2, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1, 3] and [1, 2] from the reference");
  }

  /// `[layers, samples, width]` of two samples: the first equal, the second opposite.
  private static Tensor states(float second) {
    return Tensor.ofFloats(Shape.of(3, 2, 1), 1, second, 2, second, 3, second);
  }

  private static Map<String, Double> together(int samples, Tensor expected, Tensor actual) {
    Metric.Accumulator accumulator =
        new TensorFidelity(_ -> Map.of("y", expected), Optional.empty(), 2).begin();
    accumulator.add(new Batch(Map.of(), new Labels.None(), samples), Map.of("y", actual));
    return accumulator.scores();
  }

  @Test
  void takesSamplesAlongTheAxisThatHasThem() {
    Map<String, Double> scores = together(2, states(1), states(-1));

    assertThat(scores).containsEntry("cosine", 0.0).containsEntry("cosineMin", -1.0);
  }

  @Test
  void aBatchOfOneIsOneSampleWhateverItsFirstAxisCounts() {
    Tensor expected = Tensor.ofFloats(Shape.of(2, 1, 2), 3, 0, 0, 4);

    assertThat(together(1, expected, Tensor.ofFloats(Shape.of(2, 1, 2), 3, 0, 0, -4)).get("cosine"))
        .isCloseTo(-7 / 25.0, within(1e-12));
  }

  @Test
  void refusesOutputsInWhichNoAxisCountsTheSamples() {
    assertThatThrownBy(() -> together(5, states(1), states(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[3, 2, 1]")
        .hasMessageContaining("batches of 1");
  }
}
