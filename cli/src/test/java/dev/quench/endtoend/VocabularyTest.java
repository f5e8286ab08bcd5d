// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Test
  void calibrationAndEvaluationShareNoWord() {
    assertThat(Vocabulary.CALIBRATION.words())
        .hasSizeGreaterThan(80)
        .doesNotContainAnyElementsOf(Vocabulary.EVALUATION.words());
  }

  @Test
  void sentencesHaveNoGapsLeft() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 100; i++) {
      assertThat(Vocabulary.EVALUATION.sentence(random)).matches("[A-Z0-9][^{}]*[.?!]");
    }
  }
}
