// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.OpsetImports;
import dev.quench.run.ActivationTap;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MultiScaleSessionTest {
  /// Scores `x + shift · column` and `-x` of each pixel `x` at even rows and columns, so of stride
  /// 2; remembers the sizes that it saw.
  private static final class Strided implements Session {
    private final Shape input;
    private final float shift;
    private final List<Shape> seen = new ArrayList<>();
    private boolean closed;

    Strided(Shape input, float shift) {
      this.input = input;
      this.shift = shift;
    }

    @Override
    public List<TensorSpec> inputs() {
      return List.of(new TensorSpec("x", DataType.FLOAT, input));
    }

    @Override
    public List<TensorSpec> outputs() {
      return List.of(
          new TensorSpec(
              "y", DataType.FLOAT, Shape.of(input.dim(0), Dim.of(2), Dim.UNKNOWN, Dim.UNKNOWN)));
    }

    @Override
    public Map<String, Tensor> run(Map<String, Tensor> inputs) {
      Tensor x = inputs.get("x");
      seen.add(x.shape());
      int samples = (int) x.shape().size(0);
      int height = (int) x.shape().size(2);
      int width = (int) x.shape().size(3);
      int outHeight = Math.ceilDiv(height, 2);
      int outWidth = Math.ceilDiv(width, 2);
      float[] scores = new float[samples * 2 * outHeight * outWidth];
      for (int i = 0; i < scores.length; i++) {
        int column = i % outWidth;
        int row = i / outWidth % outHeight;
        int index = i / outWidth / outHeight % 2;
        int sample = i / outWidth / outHeight / 2;
        float pixel = (float) x.doubleAt((sample * (long) height + 2 * row) * width + 2 * column);
        scores[i] = index == 0 ? pixel + shift * column : -pixel;
      }
      return Map.of("y", Tensor.ofFloats(Shape.of(samples, 2, outHeight, outWidth), scores));
    }

    @Override
    public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
      run(inputs).forEach(tap::accept);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final Shape FREE = Shape.of(Dim.of("N"), Dim.of(1), Dim.of("H"), Dim.of("W"));

  private static MultiScale scales(boolean flip, Double... scales) {
    return new MultiScale(List.of(scales), flip, 2, true);
  }

  @Test
  void givesProbabilitiesInTheSizeOfTheInput() {
    Tensor image = Tensor.ofFloats(Shape.of(2, 1, 4, 6), constant(48, 0.5f));
    Strided network = new Strided(FREE, 0);

    try (MultiScaleSession session = MultiScaleSession.of(network, scales(true, 0.5, 1.0, 2.0))) {
      Tensor output = session.run(Map.of("x", image)).get("y");

      assertThat(session.outputs().getFirst().shape().toString()).isEqualTo("[N, 2, H, W]");
      assertThat(output.shape()).isEqualTo(Shape.of(2, 2, 4, 6));
      double expected = 1 / (1 + Math.exp(-1));
      assertThat(output.doubleAt(0)).isCloseTo(expected, within(1e-6));
      assertThat(output.doubleAt(24)).isCloseTo(1 - expected, within(1e-6));
    }
    assertThat(network.closed).isTrue();
    assertThat(network.seen)
        .containsExactly(
            Shape.of(2, 1, 2, 4), // 3 columns are rounded to the even multiple of 2
            Shape.of(2, 1, 2, 4),
            Shape.of(2, 1, 4, 6),
            Shape.of(2, 1, 4, 6),
            Shape.of(2, 1, 8, 12),
            Shape.of(2, 1, 8, 12));
  }

  @Test
  void averagesTheLooks() {
    Tensor image = Tensor.ofFloats(Shape.of(1, 1, 2, 2), constant(4, 0.3f));

    double one = first(scales(false, 1.0), image, 0);
    double two = first(scales(false, 2.0), image, 0.9f);
    double both = first(scales(false, 1.0, 2.0), image, 0.9f);

    assertThat(one).isCloseTo(1 / (1 + Math.exp(-0.6)), within(1e-6));
    assertThat(both).isCloseTo((one + two) / 2, within(1e-6));
  }

  @Test
  void turnsMirroredScoresBack() {
    Tensor image = Tensor.ofFloats(Shape.of(1, 1, 1, 4), constant(4, 0));
    // At scale 1 the network gives columns 0 and 1 the scores 0 and 1; mirrored likewise.
    Tensor output =
        MultiScaleSession.of(new Strided(FREE, 1), scales(true, 1.0))
            .run(Map.of("x", image))
            .get("y");

    double low = 0.5;
    double high = 1 / (1 + Math.exp(-1));
    for (int column = 0; column < 4; column++) {
      assertThat(output.doubleAt(column))
          .as("symmetric about the middle")
          .isCloseTo((low + high) / 2, within(1e-6));
    }
  }

  @Test
  void refusesWhatCannotBeScaled() {
    assertThatThrownBy(() ->
            MultiScaleSession.of(new Strided(Shape.of(1, 1, 4, 4), 0), scales(false, 1.0, 0.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs free height and width")
        .hasMessageContaining("[1, 1, 4, 4]");
    assertThat(
            MultiScaleSession.of(new Strided(Shape.of(1, 1, 4, 4), 0), scales(true, 1.0)).outputs())
        .hasSize(1);
    assertThatThrownBy(() ->
            MultiScaleSession.of(
                new Strided(Shape.of(Dim.of(1), Dim.of(4)), 0), scales(false, 1.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs one FLOAT input [N, C, H, W]");
    assertThatThrownBy(() -> scales(false, 0.0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void closesTheSessionOfAModelThatItRefuses() {
    Strided network = new Strided(Shape.of(1, 1, 4, 4), 0);
    Backend backend =
        new Backend() {
          @Override
          public String name() {
            return "strided";
          }

          @Override
          public Availability availability() {
            return new Availability.Available("always");
          }

          @Override
          public Session open(Model model, SessionOptions options) {
            return network;
          }
        };
    Model model = new Model(new Graph("empty", OpsetImports.onnx(17)), 10);

    assertThatThrownBy(() ->
            new MultiScaleBackend(backend, scales(false, 0.5)).open(model, SessionOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(network.closed).isTrue();
    try (Session session =
        new MultiScaleBackend(backend, scales(false, 1.0)).open(model, SessionOptions.DEFAULT)) {
      assertThat(session).isInstanceOf(MultiScaleSession.class);
    }
  }

  private static double first(MultiScale how, Tensor image, float shift) {
    return MultiScaleSession.of(new Strided(FREE, shift), how)
        .run(Map.of("x", image))
        .get("y")
        .doubleAt(0);
  }

  private static float[] constant(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }
}
