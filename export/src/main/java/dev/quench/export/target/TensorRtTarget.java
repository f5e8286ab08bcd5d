// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import java.util.List;

/// A release of TensorRT, checked without a GPU against its published operator matrix: operators,
/// element types, required constants, zero points, ranks and attributes, in nested graphs and
/// functions too. Unknown types and shapes pass.
public record TensorRtTarget(TensorRtRelease release) implements ExportTarget {
  public static TensorRtTarget of(TensorRtRelease release) {
    return new TensorRtTarget(release);
  }

  /// What TensorRT 10.15 would refuse.
  ///
  /// @throws ModelFormatException if types or shapes contradict each other
  public static List<Refusal> check(Model model) {
    return of(TensorRtRelease.V10_15).refusals(model);
  }

  @Override
  public String name() {
    return switch (release) {
      case V10_15 -> "tensorrt-10.15";
      case V11 -> "tensorrt-11";
    };
  }

  @Override
  public List<Refusal> refusals(Model model) {
    return TensorRtCheck.run(model, release);
  }
}
