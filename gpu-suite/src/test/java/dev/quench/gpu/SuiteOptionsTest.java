// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SuiteOptionsTest {
  @Test
  void runsAllStepsInOrderUnlessSomeAreNamed() {
    assertThat(SuiteOptions.parse().steps()).containsExactly(SuiteStep.values());
    assertThat(SuiteOptions.parse("int8", "probe").steps())
        .containsExactly(SuiteStep.PROBE, SuiteStep.INT8);
  }

  @Test
  void takesBudgetAndFolder() {
    SuiteOptions options = SuiteOptions.parse("--budget", "90s", "--out", "there");
    assertThat(options.budget()).isEqualTo(Duration.ofSeconds(90));
    assertThat(options.out()).isEqualTo(Path.of("there"));
    assertThat(options.rehearsal()).isFalse();
  }

  @Test
  void aStepsProcessGetsTheSameFolderAndMode() {
    SuiteOptions options = SuiteOptions.parse("--rehearse", "--out", "there");
    SuiteOptions child = SuiteOptions.parse(options.forStep(SuiteStep.INT8).toArray(String[]::new));
    assertThat(child.role()).isEqualTo(SuiteOptions.Role.STEP);
    assertThat(child.steps()).containsExactly(SuiteStep.INT8);
    assertThat(child.out()).isEqualTo(Path.of("there"));
    assertThat(child.rehearsal()).isTrue();
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SuiteOptions.parse("nothing"))
        .withMessageStartingWith("unknown step 'nothing'; expected one of [binary, probe, fp16, ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SuiteOptions.parse("--budget", "long"))
        .withMessage("--budget: expected a time such as 8m or 500s, got 'long'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SuiteOptions.parse("--out"))
        .withMessage("--out: expected a value");
  }
}
