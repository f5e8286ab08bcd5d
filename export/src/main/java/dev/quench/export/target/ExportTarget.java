// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import java.util.List;

/// A runtime that imports ONNX models, and the checks for what it would refuse. Immutable,
/// thread-safe.
public sealed interface ExportTarget permits TensorRtTarget, OnnxRuntimeTarget, XnorTarget {
  /// The name used on the command line: `tensorrt-10.15`, `tensorrt-11`, `onnxruntime`, `xnor`.
  String name();

  /// Everything that the target would refuse, in graph order, each with its node; empty if it
  /// accepts the model.
  ///
  /// @param model not changed
  /// @throws ModelFormatException if types or shapes contradict each other
  List<Refusal> refusals(Model model);

  /// All targets; `tensorrt` alone means 10.15.
  static List<ExportTarget> all() {
    return List.of(
        TensorRtTarget.of(TensorRtRelease.V10_15),
        TensorRtTarget.of(TensorRtRelease.V11),
        new OnnxRuntimeTarget(),
        new XnorTarget());
  }

  /// @throws IllegalArgumentException if the name is unknown; lists the known ones
  static ExportTarget named(String name) {
    String full = name.equals("tensorrt") ? "tensorrt-10.15" : name;
    return all().stream()
        .filter(target -> target.name().equals(full))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown target '%s'; expected tensorrt, %s"
                    .formatted(
                        name, String.join(", ", all().stream().map(ExportTarget::name).toList()))));
  }
}
