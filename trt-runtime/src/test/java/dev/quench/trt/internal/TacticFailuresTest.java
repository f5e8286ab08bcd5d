// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TacticFailuresTest {
  @Test
  void namesTheNodeWithoutKernels() {
    assertThat(
            TacticFailures.reason(
                List.of(
                    "error: IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could"
                        + " not find any implementation for node /conv/Conv + /relu/Relu. In computeCosts at /_src/a.cpp:1)",
                    "error: Could not find any implementation for node pool"),
                List.of()))
        .contains("no kernel was found for node /conv/Conv + /relu/Relu and 1 more");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "error: Error Code 1: Cuda Driver (the provided PTX was compiled with an unsupported toolchain.)",
        "error: CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "error: Cuda error 222 in cuModuleLoadData",
        "warning: cuLinkAddData failed, error code: 222"
      })
  void namesPtxThatTheDriverRefuses(String line) {
    assertThat(TacticFailures.concerns(line)).isTrue();
    assertThat(TacticFailures.reason(List.of(line), List.of()).orElseThrow())
        .startsWith("the driver refuses the PTX of TensorRT's kernels");
  }

  @Test
  void tellsTheMostFrequentReasonToSkip() {
    List<String> skipped =
        List.of(
            "a: Skipping tactic 0x1 due to exception no such kernel",
            "a: Skipping tactic 0x2 due to insufficient memory on requested size of 10 detected for tactic 0x2.",
            "b: Skipping tactic 0x3 due to insufficient memory on requested size of 20 detected for tactic 0x3.");
    assertThat(skipped).allMatch(TacticFailures::concerns);
    assertThat(TacticFailures.reason(List.of(), skipped))
        .contains(
            "3 kernels were skipped, 2 of them due to insufficient memory on requested size of 10 detected for tactic 0x2.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"error: out of memory", "warning: took 222 ms", "error: error code 2221"})
  void saysNothingOfOtherLines(String line) {
    assertThat(TacticFailures.concerns(line)).isFalse();
    assertThat(TacticFailures.reason(List.of(line), List.of())).isEmpty();
  }
}
