// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.run.ActivationTap;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A session of an empty model, whose calls take no time.
class IdleSession implements Session {
  @Override
  public List<TensorSpec> inputs() {
    return List.of();
  }

  @Override
  public List<TensorSpec> outputs() {
    return List.of();
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> inputs) {
    return Map.of();
  }

  @Override
  public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
    throw new AssertionError("a profile taps nothing");
  }

  @Override
  public void close() {}
}
