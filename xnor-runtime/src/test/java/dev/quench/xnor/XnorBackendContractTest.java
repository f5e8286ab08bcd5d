// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import dev.quench.contract.BackendContractTest;
import dev.quench.run.Backend;

class XnorBackendContractTest extends BackendContractTest {
  @Override
  public Backend backend() {
    return new XnorBackend();
  }
}
