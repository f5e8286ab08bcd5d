// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A runtime for models, such as ONNX Runtime or TensorRT. Thread-safe; loads native code only on
/// demand. [java.util.ServiceLoader] finds an implementation that has a public constructor without
/// parameters and is listed as a service.
public interface Backend {
  /// The name used on the command line: `onnxruntime`, `tensorrt`.
  String name();

  /// Probes the machine once; never throws and never crashes a machine without the device.
  Availability availability();

  /// Whether models run on a GPU, of which a process uses one.
  default boolean usesGpu() {
    return false;
  }

  /// Why an automatic choice should skip this backend for `model`, in a few words; empty if it
  /// should not. The model is not modified.
  default Optional<String> reasonToPassOver(Model model) {
    return Optional.empty();
  }

  /// This backend, which keeps in `folder` what it builds from models, such as engines, and finds
  /// it there again, also from other processes and machines that share the folder. One that builds
  /// nothing worth keeping leaves the folder alone.
  ///
  /// @throws IOException if the folder cannot be used, saying why
  default Backend cachedIn(Path folder) throws IOException {
    return this;
  }

  /// Prepares a model for execution. The model is not kept; later edits do not matter.
  ///
  /// @throws BackendException if the backend is unavailable or refuses the model; quotes the
  ///   backend's message
  Session open(Model model, SessionOptions options);
}
