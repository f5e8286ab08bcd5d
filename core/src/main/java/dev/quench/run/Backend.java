// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;
import java.util.Optional;

/// Something that runs models: ONNX Runtime, TensorRT. Thread-safe; loads native code only when
/// asked to. An implementation with a public constructor without parameters is found by
/// [java.util.ServiceLoader] where it is listed as a service.
public interface Backend {
  /// As on the command line: `onnxruntime`, `tensorrt`.
  String name();

  /// Probes the machine once; never throws and never crashes a machine without the device.
  Availability availability();

  /// Why an automatic choice should pass this backend over for `model`, in a few words; empty where
  /// it has something to offer. The model is not modified.
  default Optional<String> reasonToPassOver(Model model) {
    return Optional.empty();
  }

  /// Prepares a model for execution. The model is not kept; later edits do not matter.
  ///
  /// @throws BackendException if the backend is unavailable or refuses the model, with the
  ///   backend's own words
  Session open(Model model, SessionOptions options);
}
