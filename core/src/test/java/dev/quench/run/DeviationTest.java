// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DeviationTest {
  @Test
  void ofEqualNumbersIsNone() {
    double[] numbers = {1, -2, 0, Double.POSITIVE_INFINITY, Double.NaN};
    Deviation deviation = Deviation.of(numbers, numbers, 0, numbers.length);
    assertThat(deviation.cosine()).isEqualTo(1);
    assertThat(deviation.sqnrDecibel()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(deviation.maxAbsoluteError()).isZero();
    assertThat(deviation.maxRelativeError()).isZero();
  }

  @Test
  void followsItsFormulas() {
    Deviation deviation = Deviation.of(new double[] {3, 4, 0}, new double[] {3, 4, 0.5}, 0, 3);
    assertThat(deviation.cosine()).isEqualTo(25 / (5 * Math.sqrt(25.25)), within(1e-12));
    assertThat(deviation.sqnrDecibel()).isEqualTo(20, within(1e-9));
    assertThat(deviation.maxAbsoluteError()).isEqualTo(0.5);
    assertThat(deviation.maxRelativeError()).isEqualTo(0.125);
  }

  @Test
  void doesNotHideWhatIsNoNumber() {
    for (double broken : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Deviation deviation = Deviation.of(new double[] {1, 2}, new double[] {1, broken}, 0, 2);
      assertThat(deviation.cosine()).isZero();
      assertThat(deviation.sqnrDecibel()).isEqualTo(Double.NEGATIVE_INFINITY);
      assertThat(deviation.maxAbsoluteError()).isNaN();
    }
  }

  @Test
  void joinsParts() {
    double[] expected = {1, 2, -3, 4};
    double[] actual = {1.5, 2, -2, 4.25};
    Deviation joined = Deviation.of(expected, actual, 0, 2);
    joined.add(Deviation.of(expected, actual, 2, 4));
    Deviation whole = Deviation.of(expected, actual, 0, 4);
    assertThat(joined.cosine()).isEqualTo(whole.cosine(), within(1e-15));
    assertThat(joined.sqnrDecibel()).isEqualTo(whole.sqnrDecibel(), within(1e-12));
    assertThat(joined.maxAbsoluteError()).isEqualTo(1);
    assertThat(joined.maxRelativeError()).isEqualTo(0.25);
  }
}
