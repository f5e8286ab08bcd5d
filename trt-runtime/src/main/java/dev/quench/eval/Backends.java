// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability.Available;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.trt.TensorRtBackend;
import dev.quench.xnor.XnorBackend;
import java.util.List;
import java.util.stream.Collectors;

/// The backends of this distribution, best first. Stateless; nothing native is loaded until a
/// backend is asked.
public final class Backends {
  private static final XnorBackend XNOR = new XnorBackend();
  private static final List<Backend> ALL =
      List.of(new TensorRtBackend(), XNOR, new OnnxRuntimeBackend());

  private Backends() {}

  /// Every backend, available here or not.
  public static List<Backend> all() {
    return ALL;
  }

  /// The backend of that name.
  ///
  /// @throws IllegalArgumentException if there is none, listing the names
  public static Backend named(String name) {
    return ALL.stream()
        .filter(backend -> backend.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no backend is called '%s'; expected %s"
                    .formatted(
                        name, ALL.stream().map(Backend::name).collect(Collectors.joining(", ")))));
  }

  /// TensorRT where it can run, else XNOR where the model has binary layers, else ONNX Runtime.
  ///
  /// @throws dev.quench.run.BackendException if no backend can run here
  public static Choice auto(Model model) {
    StringBuilder passedOver = new StringBuilder();
    for (Backend backend : ALL) {
      switch (backend.availability()) {
        case Available _ when backend == XNOR && !XNOR.plan(model).hasBinaryLayers() ->
            passedOver.append("; not xnor: the model has no binary layers");
        case Available(String description) -> {
          return new Choice(backend, backend.name() + ": " + description + passedOver);
        }
        case Unavailable(String reason, String _) ->
            passedOver.append("; not ").append(backend.name()).append(": ").append(reason);
      }
    }
    throw new BackendException("no backend can run here" + passedOver);
  }
}
