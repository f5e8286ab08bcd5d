// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.Box;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DetectionDecoderTest {
  @Test
  void readsEndToEndOutputs() {
    Map<String, Tensor> outputs =
        Map.of(
            "b", Tensor.ofFloats(Shape.of(1, 3, 4), 1, 2, 3, 4, 0, 0, 5, 5, 9, 9, 1, 1),
            "s", Tensor.ofFloats(Shape.of(1, 3), 0.5f, 0.25f, 0.75f),
            "c", Tensor.ofLongs(Shape.of(1, 3), 2, 0, 1),
            "n", Tensor.ofInts(Shape.of(1, 1), 2));

    assertThat(new EndToEndDetections("b", "s", "c", Optional.empty(), 1).decode(outputs, 1))
        .as("class 0 is the background; the third box is turned inside out")
        .containsExactly(List.of(new Detection(new Box(1, 2, 3, 4), 1, 0.5)));
    assertThat(new EndToEndDetections("b", "s", "c", Optional.of("n"), 0).decode(outputs, 1))
        .containsExactly(
            List.of(
                new Detection(new Box(1, 2, 3, 4), 2, 0.5),
                new Detection(new Box(0, 0, 5, 5), 0, 0.25)));
    assertThatThrownBy(
            () -> new EndToEndDetections("b", "s", "x", Optional.empty(), 0).decode(outputs, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no output 'x'");
  }

  @Test
  void readsYoloOutputsAndSuppressesDuplicates() {
    // Fields by row: x, y, w, h, class 0, class 1; three anchors.
    Tensor v8 =
        Tensor.ofFloats(
            Shape.of(1, 6, 3),
            10,
            10.5f,
            10, //
            10,
            10,
            10, //
            4,
            4,
            4, //
            4,
            4,
            4, //
            0.5f,
            0.25f,
            0.125f, //
            0.25f,
            0.125f,
            0.75f);

    assertThat(
            new YoloDetections(Optional.empty(), false, 0.001, 0.5, 100).decode(Map.of("y", v8), 1))
        .containsExactly(
            List.of(
                new Detection(new Box(8, 8, 12, 12), 1, 0.75),
                new Detection(new Box(8, 8, 12, 12), 0, 0.5)));
    Tensor v5 = Tensor.ofFloats(Shape.of(1, 1, 7), 10, 10, 4, 4, 0.5f, 0.25f, 0.5f);
    assertThat(
            new YoloDetections(Optional.empty(), true, 0.001, 0.5, 100).decode(Map.of("y", v5), 1))
        .containsExactly(List.of(new Detection(new Box(8, 8, 12, 12), 1, 0.25)));
    assertThatThrownBy(() ->
            new YoloDetections(Optional.empty(), true, 0.001, 0.5, 100)
                .decode(Map.of("y", Tensor.ofFloats(Shape.of(1, 5), new float[5])), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[N, A, 5 + classes]");
  }
}
