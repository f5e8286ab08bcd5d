// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.graph.Model;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.inspect.TensorRtProbe;

/// A built engine as a backend, to evaluate it beside models: it runs the engine for any model.
///
/// @param engine borrowed; keep it open while sessions are in use
public record EngineBackend(Engine engine) implements Backend {
  @Override
  public String name() {
    return "tensorrt";
  }

  @Override
  public Availability availability() {
    return TensorRtProbe.availability();
  }

  @Override
  public boolean usesGpu() {
    return true;
  }

  /// @param model ignored
  /// @throws TensorRtException if taps of inner tensors are requested, which a built engine cannot
  ///   deliver
  @Override
  public Session open(Model model, SessionOptions options) {
    if (!options.taps().isEmpty()) {
      throw new TensorRtException(
          "a built engine delivers only its outputs, not %s; run the model it was built from"
              .formatted(options.taps()));
    }
    return engine.openSession();
  }
}
