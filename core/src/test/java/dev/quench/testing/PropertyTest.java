// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PropertyTest {
  @Test
  void seesTheSameCasesInEveryRun() {
    assertThat(drawn("a")).isEqualTo(drawn("a")).doesNotHaveDuplicates().hasSize(20);
    assertThat(drawn("a")).doesNotContainAnyElementsOf(drawn("b"));
  }

  private static List<Long> drawn(String name) {
    List<Long> drawn = new ArrayList<>();
    Property.check(name, 20, (random, _) -> drawn.add(random.nextLong()));
    return drawn;
  }

  @Test
  void namesTheSeedOfTheFirstCaseThatFails() {
    assertThatThrownBy(
            () -> Property.check("small", 20, (_, size) -> assertThat(size).isLessThan(7)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("property 'small' fails at size 7; repeat with -Dtests.seed=");
  }
}
