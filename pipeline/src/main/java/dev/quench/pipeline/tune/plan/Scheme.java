// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// How the nodes of a region are computed.
///
/// @param treatments one for each node, in the order of the region
public record Scheme(List<Treatment> treatments) {
  public Scheme {
    treatments = List.copyOf(treatments);
  }

  public static Scheme of(
      List<QuantizableNode> nodes, Function<QuantizableNode, Treatment> choice) {
    return new Scheme(nodes.stream().map(choice).toList());
  }

  /// One letter a node.
  public String code() {
    return treatments.stream()
        .map(treatment -> String.valueOf(treatment.code()))
        .collect(Collectors.joining());
  }

  /// Reads what [#code] wrote.
  ///
  /// @throws IllegalArgumentException if it is not that
  public static Scheme parse(String code) {
    return new Scheme(code.chars().mapToObj(Treatment::of).toList());
  }

  /// Whether nothing runs in integers.
  public boolean isFloat() {
    return treatments.stream().allMatch(Treatment.FLOAT::equals);
  }

  public Scheme with(int node, Treatment treatment) {
    List<Treatment> changed = new ArrayList<>(treatments);
    changed.set(node, treatment);
    return new Scheme(changed);
  }

  public static Scheme allFloat(int nodes) {
    return new Scheme(Collections.nCopies(nodes, Treatment.FLOAT));
  }
}
