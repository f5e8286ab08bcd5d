// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PerceptronTest {
  private static final int ROWS = 3;

  private static float[] random(SplittableRandom random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static double sum(Perceptron network, float[] rows) {
    double sum = 0;
    for (float each : network.forward(rows, ROWS)) {
      sum += each;
    }
    return sum;
  }

  @Test
  void givesTheGradientOfItsInput() {
    SplittableRandom random = new SplittableRandom(3);
    Perceptron network = new Perceptron(random, 4, 16, 16, 2);
    float[] rows = random(random, ROWS * 4);
    float[] upper = {1, 1, 1, 1, 1, 1};

    network.forward(rows.clone(), ROWS);
    float[] gradient = network.backward(upper, ROWS);

    for (int i = 0; i < rows.length; i++) {
      float[] more = rows.clone();
      float[] less = rows.clone();
      more[i] += 1e-2f;
      less[i] -= 1e-2f;
      assertThat((double) gradient[i])
          .isEqualTo((sum(network, more) - sum(network, less)) / 2e-2, within(2e-2));
    }
  }

  @Test
  void learnsAFunction() {
    SplittableRandom random = new SplittableRandom(5);
    Perceptron network = new Perceptron(random, 1, 32, 32, 1);
    double error = 0;
    for (int step = 0; step < 1500; step++) {
      float[] rows = random(random, 16);
      float[] found = network.forward(rows.clone(), 16);
      float[] upper = new float[16];
      error = 0;
      for (int i = 0; i < 16; i++) {
        double difference = found[i] - Math.abs(rows[i]);
        upper[i] = (float) (2 * difference / 16);
        error += difference * difference / 16;
      }
      network.clearGradients();
      network.backward(upper, 16);
      network.step(3e-3);
    }

    assertThat(error).isLessThan(1e-3);
  }

  @Test
  void followsAnother() {
    SplittableRandom random = new SplittableRandom(7);
    Perceptron slow = new Perceptron(random, 2, 4, 1);
    Perceptron fast = new Perceptron(random, 2, 4, 1);
    float[] row = {0.5f, -0.5f};

    slow.follow(fast, 1);

    assertThat(slow.forward(row, 1)).isEqualTo(fast.forward(row, 1));
  }
}
