// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.contract.BackendContractTest;
import dev.quench.run.Backend;

class OnnxRuntimeBackendTest extends BackendContractTest {
  @Override
  protected Backend backend() {
    return new OnnxRuntimeBackend();
  }
}
