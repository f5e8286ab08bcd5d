// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.image.ImageInput;
import dev.quench.data.image.PreprocessingPresets;
import dev.quench.data.image.RawImage;
import dev.quench.metric.detection.Detection;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.dataset.Box;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureDecoderTest {
  /// 320 x 160 pixels in the middle of 640 x 640.
  private static final ImageInput WIDE =
      PreprocessingPresets.find("yolo-640")
          .orElseThrow()
          .apply(RawImage.of(320, 160, 3, new byte[320 * 160 * 3]));

  private static PictureDecoder named(String... names) {
    return new PictureDecoder(new ClassLabels(List.of(names), 0), List.of(), 5, 0.25);
  }

  private static Map<String, Tensor> output(Shape shape, float... values) {
    return Map.of("y", Tensor.ofFloats(shape, values));
  }

  @Test
  void boxesAreInPixelsOfThePicture() {
    // Two anchors of two classes: centre 320 320, 100 wide, 50 high; the other scores too little.
    Map<String, Tensor> outputs =
        output(Shape.of(1, 6, 2), 320, 9, 320, 9, 100, 9, 50, 9, 0.1f, 0.2f, 0.9f, 0.1f);
    PictureAnswer answer = named("cat", "dog").decode(PictureTask.YOLO, outputs, WIDE);
    Detection found = ((PictureAnswer.Objects) answer).found().getFirst();
    assertThat(((PictureAnswer.Objects) answer).found()).hasSize(1);
    assertThat(found.classIndex()).isEqualTo(1);
    assertThat(found.box()).isEqualTo(new Box(135, 67.5, 185, 92.5));
    assertThat(answer.drawn(WIDE.image())).isPresent();
  }

  @Test
  void boxesInThePaddingAreLeftOut() {
    Map<String, Tensor> outputs = output(Shape.of(1, 5, 2), 300, 9, 20, 9, 50, 9, 20, 9, 0.9f, 0);
    PictureAnswer answer = named("cat").decode(PictureTask.YOLO, outputs, WIDE);
    assertThat(((PictureAnswer.Objects) answer).found()).isEmpty();
  }

  @Test
  void countsThePixelsOfEachClass() {
    Map<String, Tensor> outputs = Map.of("y", Tensor.ofLongs(Shape.of(1, 2, 2), 0, 1, 0, 1));
    PictureAnswer.Segments segments =
        (PictureAnswer.Segments) named("a", "b").decode(PictureTask.SEGMENTATION, outputs, WIDE);
    assertThat(segments.pixels()).containsEntry(0, 160L * 160).containsEntry(1, 160L * 160);
  }

  @Test
  void namesMustFitTheClasses() {
    assertThatThrownBy(() ->
            named("a", "b").decode(PictureTask.CLASSES, output(Shape.of(1, 3), 1, 2, 3), WIDE))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("2 names for the 3 classes");
    PictureDecoder shifted =
        new PictureDecoder(new ClassLabels(List.of("a", "b"), 1), List.of(), 1, 0.25);
    PictureAnswer.Classes classes =
        (PictureAnswer.Classes)
            shifted.decode(PictureTask.CLASSES, output(Shape.of(1, 3), 1, 2, 3), WIDE);
    assertThat(classes.labels().name(2)).isEqualTo("b");
    assertThat(classes.labels().name(0)).isEqualTo("class 0");
  }

  @Test
  void readsALineOfText() {
    PictureDecoder reader = new PictureDecoder(ClassLabels.UNKNOWN, List.of("h", "i"), 1, 0.25);
    Map<String, Tensor> outputs = output(Shape.of(1, 4, 3), 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1);
    assertThat(reader.decode(PictureTask.TEXT, outputs, WIDE))
        .isEqualTo(new PictureAnswer.TextLine("hi"));
    assertThatThrownBy(() -> named().decode(PictureTask.TEXT, outputs, WIDE))
        .hasMessageContaining("give a dictionary");
  }

  @Test
  void tellsTheTaskByTheOutputs() {
    assertThat(task(output(Shape.of(1, 2), 1, 2))).isEqualTo(PictureTask.CLASSES);
    assertThat(task(output(Shape.of(1, 2, 1, 1), 1, 2))).isEqualTo(PictureTask.CLASSES);
    assertThat(task(output(Shape.of(1, 1, 2, 1), 1, 2))).isEqualTo(PictureTask.TEXT_BOXES);
    assertThat(task(output(Shape.of(1, 2, 1, 2), 1, 2, 3, 4))).isEqualTo(PictureTask.SEGMENTATION);
    assertThat(task(Map.of("y", Tensor.ofLongs(Shape.of(1, 2, 2), 0, 0, 1, 1))))
        .isEqualTo(PictureTask.SEGMENTATION);
  }

  @Test
  void asksWhereSeveralTasksHaveSuchOutputs() {
    Map<String, Tensor> ambiguous = output(Shape.of(1, 2, 3), 1, 2, 3, 4, 5, 6);
    assertThatThrownBy(() -> task(ambiguous))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("'y' [1, 2, 3]")
        .hasMessageContaining("yolo-v5");
    assertThat(PictureTask.of(ambiguous, Map.of(), true)).isEqualTo(PictureTask.TEXT);
    assertThat(PictureTask.of(ambiguous, Map.of("task", "detect"), false))
        .isEqualTo(PictureTask.YOLO);
  }

  @ParameterizedTest
  @EnumSource
  void everyTaskIsFoundByItsSpelling(PictureTask task) {
    assertThat(PictureTask.of(task.spelling())).isEqualTo(task);
  }

  private static PictureTask task(Map<String, Tensor> outputs) {
    return PictureTask.of(outputs, Map.of(), false);
  }
}
