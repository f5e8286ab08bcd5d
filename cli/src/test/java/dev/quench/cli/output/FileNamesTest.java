// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FileNamesTest {
  private final FileNames names = new FileNames();

  @Test
  void keepsPlainNames() {
    assertThat(names.of("logits_1.0")).isEqualTo("logits_1.0");
  }

  @Test
  void cannotLeaveTheFolder() {
    assertThat(names.of("../../etc/passwd")).isEqualTo("__.._etc_passwd");
    assertThat(names.of("..")).isEqualTo("_");
    assertThat(names.of("/abs")).isEqualTo("_abs");
  }

  @Test
  void staysDistinct() {
    assertThat(names.of("a/b")).isEqualTo("a_b");
    assertThat(names.of("a:b")).isEqualTo("a_b-1");
    assertThat(names.of("A_B")).isEqualTo("A_B-2");
  }

  @Test
  void staysShortAndNeverEmpty() {
    assertThat(names.of("x".repeat(5000))).hasSize(100);
    assertThat(names.of("")).isEqualTo("_");
  }
}
