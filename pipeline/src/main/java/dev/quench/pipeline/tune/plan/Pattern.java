// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Regions that are alike, and what may be done with them.
///
/// @param regions at least one
/// @param schemes by name, the one with most in integers first, float among them
public record Pattern(List<Region> regions, Map<String, Scheme> schemes) {
  public Pattern {
    regions = List.copyOf(regions);
    schemes = new LinkedHashMap<>(schemes);
  }

  /// One of the regions, which stands for all.
  public Region region() {
    return regions.getFirst();
  }

  /// The different schemes.
  public List<Scheme> distinctSchemes() {
    return List.copyOf(new LinkedHashSet<>(schemes.values()));
  }

  public Scheme allFloat() {
    return Scheme.allFloat(region().nodes().size());
  }

  /// Multiplications of all its regions.
  public long work() {
    return regions.size() * region().nodes().stream().mapToLong(QuantizableNode::work).sum();
  }

  /// What a scheme does, for people.
  public String describe(Scheme scheme) {
    for (Map.Entry<String, Scheme> each : schemes.entrySet()) {
      if (each.getValue().equals(scheme)) {
        return each.getKey();
      }
    }
    return Stream.of(
            listed(scheme, Treatment.FLOAT, "float: "),
            listed(scheme, Treatment.DYNAMIC, "dynamic: "),
            listed(scheme, Treatment.OTHER_BRANCH, "other branch: "))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining("; "));
  }

  private String listed(Scheme scheme, Treatment treatment, String label) {
    List<QuantizableNode> nodes = region().nodes();
    String names =
        IntStream.range(0, nodes.size())
            .filter(node -> scheme.treatments().get(node) == treatment)
            .mapToObj(node -> nodes.get(node).name())
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "" : label + names;
  }
}
