// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;
import dev.quench.run.Availability.Available;
import dev.quench.run.Availability.Unavailable;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// The backends on the class path, best first. Each is found as a service, so a deployment includes
/// only those it needs: ONNX Runtime in `quench-export`, XNOR in `quench-xnor-runtime`, TensorRT in
/// `quench-trt-runtime`. Stateless; loads nothing native until a backend is used.
public final class Backends {
  private static final List<String> PREFERENCE = List.of("tensorrt", "xnor", "onnxruntime");
  private static final List<Backend> ALL =
      ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .sorted(Comparator.comparingInt(Backends::rank).thenComparing(Backend::name))
          .toList();

  private Backends() {}

  private static int rank(Backend backend) {
    int rank = PREFERENCE.indexOf(backend.name());
    return rank < 0 ? PREFERENCE.size() : rank;
  }

  /// Every backend, available here or not.
  public static List<Backend> all() {
    return ALL;
  }

  /// The backend of that name.
  ///
  /// @throws IllegalArgumentException if the name is unknown; lists the known ones
  public static Backend named(String name) {
    return ALL.stream()
        .filter(backend -> backend.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown backend '%s'; expected %s"
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
        case Unavailable(String reason, String _) ->
            passedOver.append("; not ").append(backend.name()).append(": ").append(reason);
        case Available(String description) -> {
          Optional<String> reason = backend.reasonToPassOver(model);
          if (reason.isEmpty()) {
            return new Choice(backend, backend.name() + ": " + description + passedOver);
          }
          passedOver.append("; not ").append(backend.name()).append(": ").append(reason.get());
        }
      }
    }
    throw new BackendException("no backend can run here" + passedOver);
  }
}
