// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.graph.Model;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.inspect.TensorRtProbe;

/// A built engine as a backend, so that it can be evaluated beside models: whatever model it is
/// given, it runs the engine.
///
/// @param engine borrowed; open for as long as sessions are used
public record EngineBackend(Engine engine) implements Backend {
  @Override
  public String name() {
    return "tensorrt";
  }

  @Override
  public Availability availability() {
    return TensorRtProbe.availability();
  }

  /// @param model not looked at
  /// @throws TensorRtException if inner tensors are asked for, which a built engine cannot deliver
  @Override
  public Session open(Model model, SessionOptions options) {
    if (!options.taps().isEmpty()) {
      throw new TensorRtException(
          "a built engine delivers its outputs only, not %s; run the model it was built from"
              .formatted(options.taps()));
    }
    return engine.openSession();
  }
}
