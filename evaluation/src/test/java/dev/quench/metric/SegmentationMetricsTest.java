// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.data.image.Interpolation;
import dev.quench.data.image.Resampling;
import dev.quench.metric.segmentation.MeanIoU;
import dev.quench.metric.segmentation.PixelAccuracy;
import dev.quench.metric.segmentation.SegmentationOutput;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.run.dataset.ImageSource;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SegmentationMetricsTest {
  private static final byte IGNORE = (byte) Mask.IGNORE;

  private static Batch batch(Mask... masks) {
    return new Batch(Map.of(), new Labels.Masks(List.of(masks)), masks.length);
  }

  private static Map<String, Double> scores(Metric metric, Batch batch, Tensor output) {
    Metric.Accumulator accumulator = metric.begin();
    accumulator.add(batch, Map.of("y", output));
    return accumulator.scores();
  }

  private static Mask mask(int width, int... classes) {
    byte[] bytes = new byte[classes.length];
    for (int i = 0; i < classes.length; i++) {
      bytes[i] = (byte) classes[i];
    }
    return Mask.of(width, classes.length / width, bytes);
  }

  @Test
  void countsAsByHand() {
    Batch batch = batch(mask(2, 0, 1, 255, 1));
    // Decides 0, 0, 1, 1: one of class 1 is taken for class 0.
    Tensor output = Tensor.ofFloats(Shape.of(1, 2, 2, 2), 2, 2, 0, 0, 1, 1, 1, 1);

    assertThat(scores(new MeanIoU(Optional.empty(), true), batch, output))
        .containsExactly(
            Map.entry("meanIou", 0.5),
            Map.entry("pixelAccuracy", 2 / 3.0),
            Map.entry("iouClass0", 0.5),
            Map.entry("iouClass1", 0.5));
    assertThat(scores(new PixelAccuracy(), batch, output))
        .containsExactly(Map.entry("pixelAccuracy", 2 / 3.0), Map.entry("meanClassAccuracy", 0.75));
  }

  @Test
  void leavesOutClassesThatNeitherOccurNorArePredicted() {
    Tensor output = Tensor.ofLongs(Shape.of(1, 1, 3), 5, 5, 7);

    Map<String, Double> scores =
        scores(new MeanIoU(Optional.empty(), true), batch(mask(3, 5, 5, 5)), output);

    assertThat(scores).containsEntry("iouClass5", 2 / 3.0).containsEntry("iouClass7", 0.0);
    assertThat(scores).containsEntry("meanIou", 1 / 3.0).doesNotContainKey("iouClass6");
  }

  @Test
  void addsUpOverBatchesBeforeItDivides() {
    Metric.Accumulator accumulator = new MeanIoU().begin();
    accumulator.add(batch(mask(1, 0)), Map.of("y", Tensor.ofInts(Shape.of(1, 1, 1), 0)));
    accumulator.add(
        batch(mask(3, 0, 0, 0)), Map.of("y", Tensor.ofInts(Shape.of(1, 1, 3), 1, 1, 0)));

    assertThat(accumulator.scores().get("meanIou")).isEqualTo((2 / 4.0 + 0) / 2);
  }

  @Test
  void interpolatesScoresToTheSizeOfTheMask() {
    Property.check(
        "segmentation as resized, then decided",
        60,
        (random, size) -> {
          int height = 1 + random.nextInt(6);
          int width = 1 + random.nextInt(6);
          int toHeight = 1 + random.nextInt(size + 1);
          int toWidth = 1 + random.nextInt(size + 1);
          int classes = 2 + random.nextInt(4);
          float[] values = new float[2 * classes * height * width];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
          }
          Tensor output = Tensor.ofFloats(Shape.of(2, classes, height, width), values);

          Mask decided =
              SegmentationOutput.of("test", output, 2)
                  .classes(1, ImageGeometry.stretched(toWidth, toHeight, 32, 16));

          float[] resized =
              Resampling.resize(
                  values, 2 * classes, height, width, toHeight, toWidth, Interpolation.BILINEAR);
          int plane = toHeight * toWidth;
          for (int pixel = 0; pixel < plane; pixel++) {
            int first = classes * plane + pixel;
            float chosen = resized[first + decided.at(pixel % toWidth, pixel / toWidth) * plane];
            for (int index = 0; index < classes; index++) {
              assertThat(chosen).isGreaterThanOrEqualTo(resized[first + index * plane] - 1e-5f);
            }
          }
        });
  }

  @Test
  void doesNotJudgeWhatWasCroppedOff() {
    // Four columns, of which the model saw the middle two, twice as large.
    ImageGeometry cropped = new ImageGeometry(4, 1, 4, 2, 2, 2, -2, 0);
    Batch batch =
        new Batch(
            Map.of(),
            new Labels.Masks(List.of(mask(4, 1, 0, 1, 1))),
            1,
            List.of(new ImageSource(Path.of("a.png"), cropped)));
    Tensor output = Tensor.ofLongs(Shape.of(1, 1, 2), 0, 1);

    assertThat(SegmentationOutput.of("test", output, 1).classes(0, cropped))
        .isEqualTo(Mask.of(4, 1, new byte[] {IGNORE, 0, 1, IGNORE}));
    assertThat(scores(new MeanIoU(), batch, output)).containsEntry("meanIou", 1.0);
  }

  @Test
  void neverCountsNaNAsRight() {
    Tensor output =
        Tensor.ofFloats(Shape.of(1, 2, 1, 2), Float.NaN, 1, Float.NaN, Float.NEGATIVE_INFINITY);

    Map<String, Double> scores = scores(new MeanIoU(), batch(mask(2, 0, 0)), output);

    assertThat(scores).containsEntry("pixelAccuracy", 0.5).containsEntry("meanIou", 0.5);
  }

  @Test
  void saysWhenItDoesNotFit() {
    Batch batch = batch(mask(1, 2));
    Batch unlabelled = new Batch(Map.of(), new Labels.None(), 1);
    Tensor two = Tensor.ofFloats(Shape.of(1, 2, 1, 1), 0, 1);

    assertThatThrownBy(() -> scores(new MeanIoU(), unlabelled, two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mean-iou needs masks, but this data set has no labels");
    assertThatThrownBy(() -> scores(new MeanIoU(), batch, two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a mask has class 2, but the model's output has 2 classes");
    assertThatThrownBy(() ->
            scores(new PixelAccuracy(), batch, Tensor.ofFloats(Shape.of(1, 10), new float[10])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pixel-accuracy expects scores [1, classes, height, width]");
    assertThatThrownBy(() -> scores(new MeanIoU(), batch, Tensor.ofFloats(Shape.of(1, 1, 1, 1), 1)))
        .hasMessageContaining("a single channel leaves no choice");
    assertThatThrownBy(() -> scores(new MeanIoU(Optional.of("z"), false), batch, two))
        .hasMessageContaining("no output 'z'; it returns [y]");
    assertThatThrownBy(() -> scores(new MeanIoU(), batch, Tensor.ofLongs(Shape.of(1, 1, 1), 300)))
        .hasMessageContaining("class 300");
  }

  @Test
  void agreesWithANaiveCount() {
    Property.check(
        "mean IoU as counted class by class",
        50,
        (random, size) -> {
          int[] truth = classes(random, size + 1, 4);
          int[] decided = classes(random, size + 1, 4);
          long[] longs = new long[decided.length];
          for (int i = 0; i < longs.length; i++) {
            longs[i] = decided[i];
          }
          double sum = 0;
          int scored = 0;
          for (int c = 0; c < 4; c++) {
            int both = 0;
            int either = 0;
            for (int i = 0; i < truth.length; i++) {
              both += truth[i] == c && decided[i] == c ? 1 : 0;
              either += truth[i] == c || decided[i] == c ? 1 : 0;
            }
            sum += either == 0 ? 0 : both / (double) either;
            scored += either == 0 ? 0 : 1;
          }

          double meanIou =
              scores(
                      new MeanIoU(),
                      batch(mask(truth.length, truth)),
                      Tensor.ofLongs(Shape.of(1, 1, longs.length), longs))
                  .get("meanIou");

          assertThat(meanIou).isCloseTo(sum / scored, within(1e-12));
        });
  }

  private static int[] classes(SplittableRandom random, int count, int classes) {
    return random.ints(count, 0, classes).toArray();
  }

  @Test
  void combinesMetrics() {
    Tensor output = Tensor.ofLongs(Shape.of(1, 1, 2), 0, 1);

    assertThat(
            scores(
                CombinedMetric.of(new MeanIoU(), new PixelAccuracy()),
                batch(mask(2, 0, 0)),
                output))
        .containsOnlyKeys("meanIou", "pixelAccuracy", "meanClassAccuracy");
  }
}
