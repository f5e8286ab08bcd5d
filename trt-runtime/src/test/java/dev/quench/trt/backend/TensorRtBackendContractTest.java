// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.backend;

import dev.quench.contract.BackendContractTest;
import dev.quench.run.Backend;
import org.junit.jupiter.api.Tag;

@Tag("gpu")
class TensorRtBackendContractTest extends BackendContractTest {
  @Override
  public Backend backend() {
    return new TensorRtBackend(builder -> builder.batch(1, 2, 8));
  }
}
