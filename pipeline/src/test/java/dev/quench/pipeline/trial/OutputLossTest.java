// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.metric.classification.TopK;
import dev.quench.run.ActivationTap;
import dev.quench.run.Metric;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class OutputLossTest {
  /// Multiplies its input.
  private record Scaling(float factor) implements Session {
    @Override
    public List<TensorSpec> inputs() {
      return List.of();
    }

    @Override
    public List<TensorSpec> outputs() {
      return List.of();
    }

    @Override
    public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
      // Opened without taps: no tensor to hand over.
    }

    @Override
    public Map<String, Tensor> run(Map<String, Tensor> inputs) {
      float[] values = inputs.get("x").toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
      return Map.of("y", Tensor.ofFloats(inputs.get("x").shape(), values));
    }

    @Override
    public void close() {}
  }

  private static OutputLoss loss(double cosine, double drop) {
    return new OutputLoss(cosine, OptionalDouble.of(drop));
  }

  private static OutputLoss measured(float factor, Optional<Metric> metric) {
    Batch batch =
        new Batch(
            Map.of("x", Tensor.ofFloats(Shape.of(1, 3), 0.1f, 0.7f, 0.2f)),
            new Labels.Classes(List.of(1)),
            1);
    return OutputLoss.measure(new Scaling(1), new Scaling(factor), List.of(batch), metric);
  }

  @Test
  void equalOutputsLoseNothing() {
    OutputLoss loss = measured(2, Optional.of(new TopK(List.of(1))));
    assertThat(loss.worstCosine()).isGreaterThan(0.999999);
    assertThat(loss.drop()).hasValue(0);
  }

  @Test
  void otherOutputsLoseCosineAndScore() {
    OutputLoss loss = measured(-1, Optional.of(new TopK(List.of(1))));
    assertThat(loss.worstCosine()).isLessThan(-0.999999);
    assertThat(loss.drop()).hasValue(1);
    assertThat(loss).hasToString("worst cosine -1.0000; loses 100.00 points");
  }

  @Test
  void withoutAMetricNoScoreIsLost() {
    assertThat(measured(-1, Optional.empty()).drop()).isEmpty();
  }

  @Test
  void aScoreThatIsNoNumberIsLostAltogether() {
    assertThat(measured(1, Optional.of(new Scores(Double.NaN, Double.NaN))).drop()).hasValue(1);
  }

  /// Gives one score to the first accumulator and another to the second.
  private static final class Scores implements Metric {
    private final Deque<Double> scores;

    private Scores(double... scores) {
      this.scores = new ArrayDeque<>(Arrays.stream(scores).boxed().toList());
    }

    @Override
    public String name() {
      return "given";
    }

    @Override
    public Accumulator begin(long first) {
      double score = scores.remove();
      return new Accumulator() {
        @Override
        public void add(Batch batch, Map<String, Tensor> outputs) {}

        @Override
        public Map<String, Double> scores() {
          return Map.of("top1", score);
        }

        @Override
        public byte[] state() {
          return ByteBuffer.allocate(Double.BYTES).putDouble(score).array();
        }

        @Override
        public void merge(byte[] state) {
          assertThat(ByteBuffer.wrap(state).getDouble()).isEqualTo(score);
        }
      };
    }
  }

  @Test
  void aBoundOfTheCosineLooksAtThatAlone() {
    LossBound bound = LossBound.ofCosine(0.9);
    assertThat(bound.holds(loss(0.9, 0.5))).isTrue();
    assertThat(bound.holds(loss(0.89, 0))).isFalse();
    assertThat(bound).hasToString("a worst cosine of 0.9000 or more");
  }

  @Test
  void aBoundOfTheScoreLooksAtThatAlone() {
    LossBound bound = LossBound.ofDrop(0.01);
    assertThat(bound.holds(loss(0.1, 0.01))).isTrue();
    assertThat(bound.holds(loss(1, 0.011))).isFalse();
    assertThat(bound).hasToString("a loss of 1.00 points or less");
  }

  @Test
  void oneSampleInTwoHundredIsHalfAPoint() {
    assertThat(0.905 - 0.9).isNotEqualTo(0.005);
    Metric metric = new Scores(0.905, 0.9);
    OutputLoss loss = measured(1, Optional.of(metric));
    assertThat(LossBound.ofDrop(0.005).holds(loss)).isTrue();
  }

  /// A hundredth of 0.7 is a little less than 0.007.
  @Test
  void aBoundInPointsHoldsWhereItIsMetExactly() {
    assertThat(0.7 / 100).isLessThan(0.007);
    assertThat(LossBound.ofDrop(0.7 / 100).holds(loss(1, 0.007))).isTrue();
  }

  @Test
  void theExcessIsWhatIsMissing() {
    assertThat(new LossBound(0.9, 0.01).excess(loss(0.8, 0.02))).isBetween(0.1099, 0.1101);
    assertThat(new LossBound(0.9, 0.01).excess(loss(0.9, 0.01))).isZero();
  }

  @Test
  void refusesBoundsThatAreNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> LossBound.ofCosine(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> LossBound.ofDrop(-0.1));
  }
}
