// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.metric.classification.TopK;
import dev.quench.metric.detection.CocoMap;
import dev.quench.metric.detection.Detection;
import dev.quench.metric.detection.DetectionAgreement;
import dev.quench.metric.fidelity.EmbeddingSimilarity;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.metric.segmentation.MeanIoU;
import dev.quench.metric.segmentation.PixelAccuracy;
import dev.quench.metric.text.CtcDecoder;
import dev.quench.metric.text.Polygon;
import dev.quench.metric.text.TextAccuracy;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The parts of a data set, however it is split and in whatever order its parts are merged, give
/// the bits of the single run.
class MetricMergeTest {
  private static final Reference REFERENCE = batch -> Map.of("y", batch.inputs().get("expected"));

  /// One sample, and what the model says about it.
  private record Judged(Batch batch, Map<String, Tensor> outputs) {}

  private record Case(Metric metric, Function<SplittableRandom, Judged> sample) {
    @Override
    public String toString() {
      return metric.name();
    }
  }

  static Stream<Case> cases() {
    Function<SplittableRandom, Judged> classified = MetricMergeTest::classified;
    return Stream.of(
        new Case(new TopK(List.of(1, 3)), classified),
        new Case(new CocoMap((outputs, _) -> List.of(detections(outputs))), MetricMergeTest::boxed),
        new Case(new MeanIoU(Optional.empty(), true), MetricMergeTest::masked),
        new Case(new PixelAccuracy(), MetricMergeTest::masked),
        new Case(
            new TextAccuracy(new CtcDecoder(List.of("a", "b", "c"), 0, false)),
            MetricMergeTest::written),
        new Case(new TensorFidelity(REFERENCE), MetricMergeTest::embedded),
        new Case(new EmbeddingSimilarity(REFERENCE), MetricMergeTest::embedded),
        new Case(
            new DetectionAgreement(REFERENCE, (outputs, _) -> List.of(regions(outputs))),
            MetricMergeTest::embedded),
        new Case(
            CombinedMetric.of(new TensorFidelity(REFERENCE), new EmbeddingSimilarity(REFERENCE)),
            MetricMergeTest::embedded));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anySplitInAnyOrderGivesTheBitsOfTheSingleRun(Case tried) {
    Property.check(
        tried.toString(),
        40,
        (random, size) -> {
          List<Judged> samples =
              IntStream.range(0, 1 + size).mapToObj(_ -> tried.sample().apply(random)).toList();
          Metric.Accumulator single = tried.metric().begin();
          samples.forEach(each -> single.add(each.batch(), each.outputs()));

          Metric.Accumulator merged = merged(tried.metric(), samples, random);

          assertThat(merged.scores()).isEqualTo(single.scores());
          assertThat(merged.scores().isEmpty()).isEqualTo(size < 9 && single.scores().isEmpty());
          if (single instanceof TopK.Predicting whole) {
            assertThat(((TopK.Predicting) merged).predictions()).isEqualTo(whole.predictions());
          }
        });
  }

  /// Splits at random places; then merges two random states until one is left.
  private static Metric.Accumulator merged(
      Metric metric, List<Judged> samples, SplittableRandom random) {
    List<byte[]> states = new ArrayList<>();
    for (int from = 0; from < samples.size(); ) {
      int to = from + 1 + random.nextInt(samples.size() - from);
      Metric.Accumulator part = metric.begin(from);
      samples.subList(from, to).forEach(each -> part.add(each.batch(), each.outputs()));
      states.add(part.state());
      from = to;
    }
    while (states.size() > 1) {
      Metric.Accumulator both = metric.begin();
      both.merge(states.remove(random.nextInt(states.size())));
      both.merge(states.remove(random.nextInt(states.size())));
      states.add(both.state());
    }
    Metric.Accumulator last = metric.begin();
    last.merge(states.getFirst());
    return last;
  }

  private static Judged classified(SplittableRandom random) {
    float[] scores = new float[6];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(4);
    }
    return new Judged(
        new Batch(Map.of(), new Labels.Classes(List.of(random.nextInt(6))), 1),
        Map.of("y", Tensor.ofFloats(Shape.of(1, 6), scores)));
  }

  /// Scores out of three values, so that many are equal.
  private static Judged boxed(SplittableRandom random) {
    List<LabelledBox> truths = new ArrayList<>();
    List<Float> found = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      float x = random.nextInt(200);
      float side = 4 + random.nextInt(120);
      int index = random.nextInt(2);
      truths.add(
          new LabelledBox(
              new Box(x, x, x + side, x + side), index, side * side, random.nextInt(9) == 0));
      found.addAll(
          List.of(x + random.nextInt(5), x, side, (float) index, 0.25f * (1 + random.nextInt(3))));
    }
    float[] values = new float[found.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = found.get(i);
    }
    return new Judged(
        new Batch(Map.of(), new Labels.Boxes(List.of(truths)), 1),
        Map.of("y", Tensor.ofFloats(Shape.of(found.size() / 5, 5), values)));
  }

  private static List<Detection> detections(Map<String, Tensor> outputs) {
    float[] values = outputs.get("y").toFloats();
    List<Detection> found = new ArrayList<>();
    for (int i = 0; i < values.length; i += 5) {
      found.add(
          new Detection(
              new Box(
                  values[i],
                  values[i + 1],
                  values[i] + values[i + 2],
                  values[i + 1] + values[i + 2]),
              (int) values[i + 3],
              values[i + 4]));
    }
    return found;
  }

  private static Judged masked(SplittableRandom random) {
    byte[] classes = new byte[12];
    float[] scores = new float[3 * 12];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (byte) random.nextInt(3);
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(4) == 0 ? Float.NaN : random.nextInt(5);
    }
    return new Judged(
        new Batch(Map.of(), new Labels.Masks(List.of(Mask.of(4, 3, classes))), 1),
        Map.of("y", Tensor.ofFloats(Shape.of(1, 3, 3, 4), scores)));
  }

  private static Judged written(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    float[] scores = new float[5 * 4];
    for (int i = 0; i < 5; i++) {
      scores[i * 4 + random.nextInt(4)] = 1;
    }
    return new Judged(
        new Batch(Map.of(), new Labels.Texts(List.of(text.toString())), 1),
        Map.of("y", Tensor.ofFloats(Shape.of(1, 5, 4), scores)));
  }

  /// Magnitudes that differ by many orders, so that the order of a sum in double would show.
  private static Judged embedded(SplittableRandom random) {
    float[] expected = new float[8];
    float[] actual = new float[8];
    float scale = (float) Math.pow(10, random.nextInt(-6, 7));
    for (int i = 0; i < expected.length; i++) {
      expected[i] = scale * (float) random.nextGaussian();
      actual[i] = expected[i] * (1 + 0.2f * (float) random.nextGaussian());
    }
    return new Judged(
        new Batch(
            Map.of("expected", Tensor.ofFloats(Shape.of(1, 8), expected)), new Labels.None(), 1),
        Map.of("y", Tensor.ofFloats(Shape.of(1, 8), actual)));
  }

  private static List<Polygon> regions(Map<String, Tensor> outputs) {
    float[] values = outputs.get("y").toFloats();
    double x = Math.round(Math.abs(values[0])) % 3;
    return List.of(
        Polygon.hull(
            List.of(
                new Polygon.Point(x, 0),
                new Polygon.Point(x + 2, 0),
                new Polygon.Point(x + 2, 2),
                new Polygon.Point(x, 2))));
  }

  @Test
  void refusesSamplesThatCountTwice() {
    Judged sample = classified(new SplittableRandom(1));
    Metric.Accumulator one = new TopK().begin(7);
    one.add(sample.batch(), sample.outputs());
    byte[] state = one.state();

    assertThatThrownBy(() -> one.merge(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("samples 7 to 7 are partly in both parts");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusesDamagedStates(Case tried) {
    SplittableRandom random = new SplittableRandom(5);
    Metric.Accumulator some = tried.metric().begin();
    for (int i = 0; i < 3; i++) {
      Judged sample = tried.sample().apply(random);
      some.add(sample.batch(), sample.outputs());
    }
    byte[] state = some.state();
    for (int length = 0; length < state.length; length++) {
      byte[] cut = Arrays.copyOf(state, length);
      assertThatThrownBy(() -> tried.metric().begin().merge(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> tried.metric().begin().merge(Arrays.copyOf(state, state.length + 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("follow its end");
  }

  @Test
  void refusesTheStateOfAnotherMetric() {
    assertThatThrownBy(() -> new TopK().begin().merge(new PixelAccuracy().begin().state()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a state of 'top-k 1', got one of 'confusion matrix 1'");
  }
}
