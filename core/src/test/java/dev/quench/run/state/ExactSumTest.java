// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.testing.Property;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class ExactSumTest {
  private static double sum(double... values) {
    ExactSum sum = new ExactSum();
    for (double value : values) {
      sum.add(value);
    }
    return sum.value();
  }

  @Test
  void keepsWhatDoublesLose() {
    assertThat(sum(1e100, 1, -1e100)).isEqualTo(1);
    assertThat(sum(0.1, 0.2, 0.3)).isEqualTo(0.6);
    assertThat(sum()).isZero();
  }

  @Test
  void roundsToTheNearestTiesToEven() {
    assertThat(sum(1, 0x1p-53)).isEqualTo(1);
    assertThat(sum(1, 0x1p-53, Double.MIN_VALUE)).isEqualTo(1 + 0x1p-52);
    assertThat(sum(1 + 0x1p-52, 0x1p-53)).isEqualTo(1 + 0x1p-51);
    assertThat(sum(0x1.fffffffffffffp0, 0x1p-53)).isEqualTo(2);
    assertThat(sum(Double.MIN_VALUE, Double.MIN_VALUE)).isEqualTo(2 * Double.MIN_VALUE);
    assertThat(sum(Double.MAX_VALUE, Double.MAX_VALUE)).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void addsAsBigDecimalDoes() {
    Property.check(
        "exact sum",
        100,
        (random, size) -> {
          BigDecimal expected = BigDecimal.ZERO;
          ExactSum sum = new ExactSum();
          ExactSum other = new ExactSum();
          for (int i = 0; i <= size; i++) {
            double value = Math.scalb(random.nextDouble(-1, 1), random.nextInt(-1000, 1000));
            expected = expected.add(new BigDecimal(value));
            (random.nextBoolean() ? sum : other).add(value);
          }
          sum.add(other);
          assertThat(sum.value()).isEqualTo(expected.doubleValue());
        });
  }

  @Test
  void countsWhatIsNotFinite() {
    assertThat(sum(1, Double.POSITIVE_INFINITY)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(sum(1, Double.NEGATIVE_INFINITY)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(sum(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)).isNaN();
    assertThat(sum(Double.NaN)).isNaN();
  }

  @Test
  void survivesItsBytes() {
    ExactSum sum = new ExactSum();
    sum.add(-0x1.8p-1074);
    sum.add(3e300);
    byte[] bytes = new StateWriter("test").sum(sum).toBytes();
    StateReader in = new StateReader(bytes, "test");

    assertThat(in.sum().value()).isEqualTo(3e300);
    in.end();
    assertThatThrownBy(in::number)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a state of 'test' is damaged: it ends too early");
  }
}
