// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Text;
import dev.quench.cost.AlgorithmCost;
import dev.quench.cost.ConvolutionCost;
import dev.quench.cost.Cost;
import dev.quench.cost.ModelCost;
import dev.quench.cost.NodeCost;
import dev.quench.cost.RegionCost;
import dev.quench.cost.Roofline;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The cost of nodes, regions and convolutions, as lines and as JSON.
///
/// @param roofline of the machine to compare with, if one is named
public record CostTables(@Nullable Roofline roofline) {
  /// Lines for people, a row for each node.
  public List<String> nodes(ModelCost cost) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(heading("node", "op", "MACs", "FLOPs", "params", "weights", "moved", "FLOPs/B"));
    for (NodeCost node : cost.nodeCosts()) {
      rows.add(
          row(
              node,
              node.node(),
              node.opType(),
              Text.count(node.macs()),
              Text.count(node.flops()),
              Text.count(node.parameters()),
              Text.bytes(node.weightBytes()),
              Text.bytes(node.bytesMoved()),
              intensity(node)));
    }
    return Text.table(2, rows);
  }

  /// Lines for people, a row for each region that costs anything.
  public List<String> regions(ModelCost cost) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(heading("region", "ops", "MACs", "FLOPs", "params", "moved", "FLOPs/B", "parallel"));
    for (RegionCost region : cost.regions()) {
      if (region.flops() + region.bytesMoved() > 0) {
        rows.add(
            row(
                region,
                region.name(),
                region.ops(),
                Text.count(region.macs()),
                Text.count(region.flops()),
                Text.count(region.parameters()),
                Text.bytes(region.bytesMoved()),
                intensity(region),
                Text.count(region.parallelism())));
      }
    }
    return Text.table(2, rows);
  }

  /// Lines for people: the algorithm that the model of time prefers for each convolution.
  public List<String> convolutions(List<ConvolutionCost> convolutions) {
    List<List<String>> rows = new ArrayList<>();
    convolutions.forEach(each -> rows.add(List.of(each.node(), each.explain(machine()))));
    return Text.table(2, rows);
  }

  /// The machine that algorithms are chosen for.
  public Roofline machine() {
    return roofline == null ? Roofline.ASSUMED : roofline;
  }

  private List<String> heading(String... columns) {
    List<String> heading = new ArrayList<>(List.of(columns));
    if (roofline != null) {
      heading.addAll(List.of("bound", "least us"));
    }
    return heading;
  }

  private List<String> row(Cost cost, String... cells) {
    List<String> row = new ArrayList<>(List.of(cells));
    if (roofline != null) {
      row.add(roofline.bound(cost).name().toLowerCase(Locale.ROOT));
      row.add(Text.format("%.2f", roofline.seconds(cost) * 1e6));
    }
    return row;
  }

  private static String intensity(Cost cost) {
    return Text.format("%.2f", cost.arithmeticIntensity());
  }

  /// An entry for each node, with what it reads and writes.
  public void addNodes(ArrayNode list, ModelCost cost, Wiring wiring) {
    for (NodeCost node : cost.nodeCosts()) {
      ObjectNode entry =
          list.addObject()
              .put("node", node.node())
              .put("op", node.opType())
              .put("macs", node.macs())
              .put("flops", node.flops())
              .put("parameters", node.parameters())
              .put("weightBytes", node.weightBytes())
              .put("bytesMoved", node.bytesMoved())
              .put("arithmeticIntensity", node.arithmeticIntensity())
              .put("parallelism", node.parallelism());
      addBound(entry, node);
    }
    wiring.addTo(list);
  }

  /// An entry for each region, with the names of its nodes.
  public void addRegions(ArrayNode list, ModelCost cost) {
    for (RegionCost region : cost.regions()) {
      ObjectNode entry = list.addObject().put("region", region.name());
      ArrayNode nodes = entry.putArray("nodes");
      region.nodes().forEach(node -> nodes.add(node.node()));
      entry
          .put("ops", region.ops())
          .put("macs", region.macs())
          .put("flops", region.flops())
          .put("parameters", region.parameters())
          .put("bytesMoved", region.bytesMoved())
          .put("arithmeticIntensity", region.arithmeticIntensity())
          .put("parallelism", region.parallelism());
      addBound(entry, region);
    }
  }

  private void addBound(ObjectNode entry, Cost cost) {
    if (roofline != null) {
      entry.put("bound", roofline.bound(cost).name());
      entry.put("leastMicros", roofline.seconds(cost) * 1e6);
    }
  }

  /// An entry for each convolution, with each algorithm that can compute it, fastest first.
  public void addConvolutions(ArrayNode list, List<ConvolutionCost> convolutions) {
    for (ConvolutionCost convolution : convolutions) {
      ObjectNode entry =
          list.addObject()
              .put("node", convolution.node())
              .put("chosen", convolution.chosen().describe())
              .put("why", convolution.explain(machine()));
      ArrayNode algorithms = entry.putArray("algorithms");
      for (AlgorithmCost cost : convolution.costs()) {
        algorithms
            .addObject()
            .put("algorithm", cost.describe())
            .put("products", cost.products())
            .put("flops", cost.flops())
            .put("bytesMoved", cost.bytesMoved())
            .put("workspaceBytes", cost.workspaceBytes())
            .put("estimatedMicros", cost.seconds(machine()) * 1e6);
      }
      ObjectNode refused = entry.putObject("refused");
      convolution.refused().forEach((algorithm, why) -> refused.put(algorithm.display(), why));
    }
  }
}
