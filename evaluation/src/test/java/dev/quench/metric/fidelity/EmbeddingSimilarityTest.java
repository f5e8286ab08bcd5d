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

class EmbeddingSimilarityTest {
  private static Map<String, Double> scores(
      Pooling pooling, Map<String, Tensor> inputs, Tensor expected, Tensor actual) {
    Metric.Accumulator accumulator =
        new EmbeddingSimilarity(
                _ -> Map.of("y", expected), Optional.empty(), pooling, "attention_mask")
            .begin();
    accumulator.add(
        new Batch(inputs, new Labels.None(), (int) actual.shape().size(0)), Map.of("y", actual));
    return accumulator.scores();
  }

  @Test
  void poolsOnlyTokensThatTheMaskCounts() {
    Tensor tokens = Tensor.ofFloats(Shape.of(1, 3, 2), 2, 0, 0, 2, 100, -100);
    Tensor pooled = Tensor.ofFloats(Shape.of(1, 2), 1, 1);
    Map<String, Tensor> mask = Map.of("attention_mask", Tensor.ofLongs(Shape.of(1, 3), 1, 1, 0));

    assertThat(scores(Pooling.MEAN, mask, pooled, tokens).get("embeddingCosine"))
        .isCloseTo(1, within(1e-12));
    assertThat(scores(Pooling.FIRST_TOKEN, mask, pooled, tokens).get("embeddingCosine"))
        .isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(scores(Pooling.MEAN, Map.of(), pooled, tokens).get("embeddingCosine"))
        .isCloseTo((102 - 98) / (Math.sqrt(2) * Math.hypot(102, 98)), within(1e-12));
  }

  @Test
  void tellsWhetherNeighboursStayNeighbours() {
    Tensor expected = Tensor.ofFloats(Shape.of(3, 2), 1, 0, 1, 0.1f, 0, 1);
    Tensor rotated = Tensor.ofFloats(Shape.of(3, 2), 0, 1, -0.1f, 1, -1, 0);
    Tensor swapped = Tensor.ofFloats(Shape.of(3, 2), 1, 0, 0, 1, 1, 0.1f);

    assertThat(scores(Pooling.MEAN, Map.of(), expected, rotated))
        .as("every cosine differs, but all similarities stay")
        .containsEntry("pairSpearman", 1.0)
        .hasEntrySatisfying("embeddingCosine", cosine -> assertThat(cosine).isLessThan(0.1));
    assertThat(scores(Pooling.MEAN, Map.of(), expected, swapped).get("pairSpearman"))
        .isLessThan(0.6);
  }

  @Test
  void sharesRanksBetweenEqualValues() {
    assertThat(RankCorrelation.spearman(new double[] {1, 2, 2, 3}, new double[] {10, 20, 20, 90}))
        .isEqualTo(1);
    // Ranks 0, 1, 2, 3 against 3, 2, 1, 0.
    assertThat(RankCorrelation.spearman(new double[] {1, 2, 3, 4}, new double[] {9, 8, 7, 0}))
        .isEqualTo(-1);
    assertThat(RankCorrelation.spearman(new double[] {1, 1}, new double[] {1, 2})).isZero();
  }

  @Test
  void saysWhenItDoesNotFit() {
    Tensor image = Tensor.ofFloats(Shape.of(1, 1, 1, 1), 1);
    assertThatThrownBy(() -> scores(Pooling.MEAN, Map.of(), image, image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embedding-similarity expects an output [N, D] or [N, T, D]");
    Tensor tokens = Tensor.ofFloats(Shape.of(1, 3, 1), 1, 2, 3);
    assertThatThrownBy(() ->
            scores(
                Pooling.MEAN,
                Map.of("attention_mask", Tensor.ofLongs(Shape.of(1, 2), 1, 1)),
                tokens,
                tokens))
        .hasMessageContaining("input 'attention_mask' is [1, 2]");
  }
}
