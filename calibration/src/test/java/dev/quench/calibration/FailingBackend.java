// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.graph.Model;
import dev.quench.run.ActivationTap;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A [ScalingBackend] that fails after some inferences, then after a few more, and so on.
final class FailingBackend implements Backend {
  private final ScalingBackend backend = new ScalingBackend();
  private int limit;
  private int inferences;

  FailingBackend(int limit) {
    this.limit = limit;
  }

  private synchronized void count() {
    inferences++;
    if (inferences > limit) {
      inferences = 0;
      limit += 5;
      throw new BackendException("out of order");
    }
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Availability availability() {
    return backend.availability();
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    Session session = backend.open(model, options);
    return new Session() {
      @Override
      public List<TensorSpec> inputs() {
        return session.inputs();
      }

      @Override
      public List<TensorSpec> outputs() {
        return session.outputs();
      }

      @Override
      public Map<String, Tensor> run(Map<String, Tensor> inputs) {
        return session.run(inputs);
      }

      @Override
      public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
        count();
        session.observe(inputs, tap);
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }
}
