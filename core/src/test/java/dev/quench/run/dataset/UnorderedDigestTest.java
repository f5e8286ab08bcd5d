// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnorderedDigestTest {
  private static Batch sample(float value) {
    return new Batch(Map.of("x", Tensor.ofFloats(Shape.of(1, 1), value)), new Labels.None(), 1);
  }

  private static UnorderedDigest of(float... values) {
    UnorderedDigest digest = new UnorderedDigest();
    for (float value : values) {
      digest.add(sample(value));
    }
    return digest;
  }

  @Test
  void doesNotDependOnTheOrderOrOnParts() {
    UnorderedDigest parts = of(3, 1);
    UnorderedDigest rest = of(2);
    parts.add(UnorderedDigest.ofState(rest.state(), rest.samples()));

    assertThat(parts.hex()).isEqualTo(of(1, 2, 3).hex());
    assertThat(parts.samples()).isEqualTo(3);
  }

  @Test
  void dependsOnEachSampleAndHowOftenItOccurs() {
    assertThat(of(1, 2).hex()).isNotEqualTo(of(1, 3).hex());
    assertThat(of(1).hex()).isNotEqualTo(of(1, 1).hex());
    assertThat(of(1, 1, 2).hex()).isNotEqualTo(of(1, 2, 2).hex());
    assertThat(of().hex()).isNotEqualTo(of(0).hex());
  }

  @Test
  void takesOneSampleAtATime() {
    Batch two = new Batch(Map.of("x", Tensor.ofFloats(Shape.of(2, 1), 1, 2)), new Labels.None(), 2);
    assertThatThrownBy(() -> new UnorderedDigest().add(two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one sample, got 2");
    assertThatThrownBy(() -> UnorderedDigest.ofState(Arrays.copyOf(of(1).state(), 7), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
