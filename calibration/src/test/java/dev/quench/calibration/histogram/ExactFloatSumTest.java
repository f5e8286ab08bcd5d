// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExactFloatSumTest {
  private static BigInteger units(BigDecimal sum) {
    return sum.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(149))).toBigIntegerExact();
  }

  @Test
  void losesNothingOfFloatsOfAnySize() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ExactFloatSum sum = new ExactFloatSum();
      BigDecimal expected = BigDecimal.ZERO;
      for (int i = 0; i < 300; i++) {
        float value = Float.intBitsToFloat(random.nextInt());
        if (Float.isFinite(value)) {
          sum.add(value);
          expected = expected.add(new BigDecimal(value));
        }
      }
      assertThat(sum.units()).as("seed " + seed).isEqualTo(units(expected));
    }
  }

  @Test
  void isZeroWithoutValues() {
    assertThat(new ExactFloatSum().units()).isEqualTo(BigInteger.ZERO);
  }

  @Test
  void clampsWhatNoFloatHolds() {
    ExactFloatSum sum = new ExactFloatSum();
    sum.add(1e300);

    assertThat(sum.units()).isEqualTo(units(new BigDecimal(Float.MAX_VALUE)));
  }
}
