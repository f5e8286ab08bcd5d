// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;

/// Something that runs models: ONNX Runtime, TensorRT. Thread-safe; loads native code only when
/// asked to.
public interface Backend {
  /// As on the command line: `onnxruntime`, `tensorrt`.
  String name();

  /// Probes the machine once; never throws and never crashes a machine without the device.
  Availability availability();

  /// Prepares a model for execution. The model is not kept; later edits do not matter.
  ///
  /// @throws BackendException if the backend is unavailable or refuses the model, with the
  ///   backend's own words
  Session open(Model model, SessionOptions options);
}
