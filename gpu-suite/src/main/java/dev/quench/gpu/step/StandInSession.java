// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.ActivationTap;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.StageTimes;
import dev.quench.run.StagedSession;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Runs ONNX Runtime in place of a session on the GPU; all its time counts as compute time.
record StandInSession(Session session) implements StagedSession {
  static StandInSession of(Model model) {
    return new StandInSession(
        new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT.withOptimization(false)));
  }

  @Override
  public StageTimes time(Map<String, Tensor> inputs) {
    long start = System.nanoTime();
    session.run(inputs);
    double millis = (System.nanoTime() - start) / 1e6;
    return new StageTimes(0, millis, 0, 0, millis);
  }

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
    session.observe(inputs, tap);
  }

  @Override
  public void close() {
    session.close();
  }
}
