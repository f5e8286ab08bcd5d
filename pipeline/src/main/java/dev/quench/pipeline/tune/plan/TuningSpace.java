// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.digest.Sha256;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// All plans of one model for one target.
///
/// @param patterns in the order of their first regions
/// @param excluded names of nodes that stay float in every plan
public record TuningSpace(TuningTarget target, List<Pattern> patterns, Set<String> excluded) {
  public TuningSpace {
    patterns = List.copyOf(patterns);
    excluded = new LinkedHashSet<>(excluded);
  }

  /// @param prepared of distinct node names; gets types and shapes filled in
  /// @param excluded nodes to leave float
  public static TuningSpace of(Model prepared, TuningTarget target, NodeSelection excluded) {
    Set<String> floats = new LinkedHashSet<>();
    for (Node node : prepared.graph().nodes()) {
      if (excluded.contains(node)) {
        floats.add(node.name());
      }
    }
    List<QuantizableNode> nodes =
        target.quantizable(prepared).stream()
            .filter(node -> !floats.contains(node.name()))
            .toList();
    Map<String, List<Region>> byPattern = new LinkedHashMap<>();
    for (Region region : RegionSplit.of(prepared.graph(), nodes)) {
      byPattern.computeIfAbsent(region.pattern(), _ -> new ArrayList<>()).add(region);
    }
    return new TuningSpace(
        target,
        byPattern.values().stream()
            .map(regions -> new Pattern(regions, target.schemes(regions.getFirst().nodes())))
            .toList(),
        floats);
  }

  /// Plans that do the same everywhere, the one with most in integers first, the float one left
  /// out.
  public List<Plan> uniform() {
    Set<String> names = new LinkedHashSet<>();
    patterns.forEach(pattern -> names.addAll(pattern.schemes().keySet()));
    Set<Plan> plans = new LinkedHashSet<>();
    for (String name : names) {
      plans.add(
          new Plan(
              patterns.stream()
                  .map(pattern -> Objects.requireNonNull(pattern.schemes().get(name)))
                  .toList()));
    }
    return plans.stream().filter(plan -> !plan.isFloat()).toList();
  }

  /// The treatment of each node.
  public NodeChoices choices(Plan plan) {
    Set<String> floats = new LinkedHashSet<>(excluded);
    Set<String> dynamic = new LinkedHashSet<>();
    Set<String> otherBranch = new LinkedHashSet<>();
    for (int i = 0; i < patterns.size(); i++) {
      List<Treatment> treatments = plan.schemes().get(i).treatments();
      for (Region region : patterns.get(i).regions()) {
        for (int node = 0; node < treatments.size(); node++) {
          String name = region.nodes().get(node).name();
          switch (treatments.get(node)) {
            case FLOAT -> floats.add(name);
            case DYNAMIC -> dynamic.add(name);
            case OTHER_BRANCH -> otherBranch.add(name);
            case INTEGER -> {
              // The usual.
            }
          }
        }
      }
    }
    return new NodeChoices(floats, dynamic, otherBranch);
  }

  /// Whether a plan has a scheme for each pattern and a treatment that the target has for each
  /// node.
  public boolean contains(Plan plan) {
    if (plan.schemes().size() != patterns.size()) {
      return false;
    }
    for (int i = 0; i < patterns.size(); i++) {
      List<QuantizableNode> nodes = patterns.get(i).region().nodes();
      List<Treatment> treatments = plan.schemes().get(i).treatments();
      if (treatments.size() != nodes.size()) {
        return false;
      }
      for (int node = 0; node < nodes.size(); node++) {
        if (!target.treatments(nodes.get(node)).contains(treatments.get(node))) {
          return false;
        }
      }
    }
    return true;
  }

  /// What plans of another version of this program must share to be the same.
  public String digest() {
    StringBuilder text = new StringBuilder(target.name()).append(excluded);
    for (Pattern pattern : patterns) {
      for (Region region : pattern.regions()) {
        text.append('\n').append(region.pattern());
        region.nodes().forEach(node -> text.append(' ').append(node.name()));
      }
    }
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
