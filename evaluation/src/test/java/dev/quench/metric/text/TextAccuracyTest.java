// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextAccuracyTest {
  private static final CtcDecoder DECODER = new CtcDecoder(List.of("a", "b", "c"), 0, false);

  /// `[N, T, 4]` with the score 1 at the classes given.
  private static Tensor output(int steps, int... classes) {
    float[] scores = new float[classes.length * 4];
    for (int i = 0; i < classes.length; i++) {
      scores[i * 4 + classes[i]] = 1;
    }
    return Tensor.ofFloats(Shape.of(classes.length / steps, steps, 4), scores);
  }

  private static Map<String, Double> scores(TextAccuracy metric, Tensor output, String... truths) {
    Metric.Accumulator accumulator = metric.begin();
    accumulator.add(
        new Batch(Map.of(), new Labels.Texts(List.of(truths)), truths.length), Map.of("y", output));
    return accumulator.scores();
  }

  @Test
  void joinsRepetitionsAndDropsBlanks() {
    assertThat(DECODER.decode(output(6, 1, 1, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0)))
        .containsExactly("aab", "");
  }

  @Test
  void takesAnyClassAsBlankAndEitherOrderOfAxes() {
    // [T, N]: steps 3 of two samples.
    Tensor output =
        Tensor.ofFloats(Shape.of(3, 2, 3), 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0);

    assertThat(new CtcDecoder(List.of("x", "y"), 2, true).decode(output))
        .containsExactly("xy", "yx");
  }

  @Test
  void followsTheConventionOfPpOcr() {
    assertThat(CtcDecoder.ppOcr(List.of("a", "b"), 4).characters()).containsExactly("a", "b", " ");
    assertThat(CtcDecoder.ppOcr(List.of("a", "b"), 3).characters()).containsExactly("a", "b");
    assertThatThrownBy(() -> CtcDecoder.ppOcr(List.of("a", "b"), 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 characters and the network 5 classes");
  }

  @Test
  void scoresAsByHand() {
    Map<String, Double> scores =
        scores(new TextAccuracy(DECODER), output(3, 1, 2, 3, 1, 0, 0), "abc", "bab");

    assertThat(scores).containsEntry("textAccuracy", 0.5);
    assertThat(scores.get("characterAccuracy")).isCloseTo(1 - 2 / 6.0, within(1e-12));
    assertThat(scores.get("editSimilarity")).isCloseTo((1 + 1 / 3.0) / 2, within(1e-12));
  }

  @Test
  void mayLeaveOutSpaces() {
    Tensor abc = output(3, 1, 2, 3);

    assertThat(scores(new TextAccuracy(DECODER), abc, "ab c")).containsEntry("textAccuracy", 0.0);
    assertThat(scores(new TextAccuracy(DECODER, Optional.empty(), true), abc, "ab c"))
        .containsEntry("textAccuracy", 1.0);
  }

  @Test
  void saysWhenItDoesNotFit() {
    assertThatThrownBy(() ->
            scores(new TextAccuracy(DECODER), Tensor.ofFloats(Shape.of(1, 1, 3), 1, 2, 3), "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expects an output [N, T, 4], got [1, 1, 3]");
    assertThatThrownBy(() ->
            new TextAccuracy(DECODER)
                .begin()
                .add(new Batch(Map.of(), new Labels.None(), 1), Map.of("y", output(1, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs texts, but this data set has no labels");
  }

  @Test
  void countsEdits() {
    assertThat(EditDistance.between("kitten", "sitting")).isEqualTo(3);
    assertThat(EditDistance.between("", "ab")).isEqualTo(2);
    assertThat(EditDistance.between("a😀b", "a😁b")).as("code points").isEqualTo(1);
  }

  @Test
  void countsEditsAsTheDefinitionDoes() {
    Property.check(
        "edit distance",
        100,
        (random, size) -> {
          String one = text(random.ints(random.nextInt(6), 0, 3).toArray());
          String other = text(random.ints(random.nextInt(6), 0, 3).toArray());

          assertThat(EditDistance.between(one, other)).isEqualTo(naive(one, other));
        });
  }

  private static String text(int[] letters) {
    return Arrays.stream(letters)
        .collect(
            StringBuilder::new, (text, i) -> text.append((char) ('a' + i)), StringBuilder::append)
        .toString();
  }

  private static int naive(String one, String other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.length() + other.length();
    }
    int replaced =
        naive(one.substring(1), other.substring(1)) + (one.charAt(0) == other.charAt(0) ? 0 : 1);
    return Math.min(
        replaced, 1 + Math.min(naive(one.substring(1), other), naive(one, other.substring(1))));
  }
}
