// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibTorchTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 1})
  void threadsHoldForLayersAndMatrixProducts(int threads) {
    LibTorch.require();

    LibTorch.setThreads(threads);

    assertThat(torch.get_num_threads()).isEqualTo(threads);
    assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(threads);
  }
}
