// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quench.run.BackendException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda", "cuda:0", "cuda:12"})
  void namesAProcessorOrAGpu(String name) {
    assertThat(new Device(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:x", "CUDA", "cuda:-1"})
  void refusesOtherNames(String name) {
    assertThatThrownBy(() -> new Device(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected the device cpu, cuda or cuda:N");
  }

  @Test
  void refusesSeveralGpusWithTheReason() {
    assertThatThrownBy(() -> new Device("cuda:0,1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one training uses one GPU, because");
  }

  @Test
  void saysInOneLineThatLibtorchHasNoCuda() {
    LibTorch.require();
    assumeThat(torch.cuda_is_available()).isFalse();

    assertThatThrownBy(() -> LibTorch.require(new Device("cuda:1")))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("device cuda:1: this libtorch finds no CUDA")
        .hasMessageContaining("linux-x86_64-gpu")
        .hasMessageNotContaining("\n");
    assertThatCode(() -> LibTorch.require(Device.CPU)).doesNotThrowAnyException();
  }
}
