// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.InstructionSetLimit;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstructionSetLimitTest {
  @Test
  void keepsZen5FromAvx512() {
    assertThat(
            InstructionSetLimit.needed(processor("AuthenticAMD", 26, "avx2 avx512f avx512_bf16")))
        .contains("AVX2");
  }

  @Test
  void leavesEarlierProcessorsOfAmdAlone() {
    assertThat(InstructionSetLimit.needed(processor("AuthenticAMD", 25, "avx2 avx512f"))).isEmpty();
  }

  @Test
  void leavesProcessorsOfOthersAlone() {
    assertThat(InstructionSetLimit.needed(processor("GenuineIntel", 26, "avx2 avx512f"))).isEmpty();
  }

  @Test
  void hasNothingToLimitWithoutAvx512() {
    assertThat(InstructionSetLimit.needed(processor("AuthenticAMD", 26, "avx avx2"))).isEmpty();
  }

  private static List<String> processor(String vendor, int family, String flags) {
    return List.of(
        "processor\t: 0",
        "vendor_id\t: " + vendor,
        "cpu family\t: " + family,
        "model\t\t: 2",
        "flags\t\t: fpu " + flags + " sse2");
  }
}
