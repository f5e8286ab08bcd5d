// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import java.util.List;

/// A release of TensorRT, judged without a GPU by what it says it imports.
///
/// By the published operator matrix: operators, element types, what has to be constant, zero
/// points, ranks and attributes, in nested graphs and functions too. What is not known of a model
/// (a type, a shape) is given the benefit of the doubt.
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
