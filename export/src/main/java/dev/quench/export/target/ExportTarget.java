// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import java.util.List;

/// Something that imports ONNX models, and what it would refuse of one. Immutable, thread-safe.
public sealed interface ExportTarget permits TensorRtTarget, OnnxRuntimeTarget, XnorTarget {
  /// As on the command line: `tensorrt-10.15`, `tensorrt-11`, `onnxruntime`, `xnor`.
  String name();

  /// Everything that the target would refuse, in graph order, each with the node it is about; empty
  /// when it takes the model.
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

  /// @throws IllegalArgumentException if there is none of that name, with those there are
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
