// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import dev.quench.Printable;
import dev.quench.cost.ConvolutionCost;
import dev.quench.cost.Cost;
import dev.quench.cost.ModelCost;
import dev.quench.cost.NodeCost;
import dev.quench.cost.RegionCost;
import dev.quench.cost.Roofline;
import dev.quench.io.AtomicFile;
import dev.quench.report.PageStyle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a model costs as one self-contained HTML page: charts as inline SVG, all text of the model
/// escaped, for light and dark screens from the width of a phone upwards.
///
/// @param title plain text
/// @param lead one or two sentences under it, plain text
/// @param convolutions with their algorithms, for the same machine
/// @param machine whose roofline is drawn
public record CostPage(
    String title,
    String lead,
    ModelCost cost,
    List<ConvolutionCost> convolutions,
    Roofline machine) {
  private static final String STYLE =
      """
      <style>
      .memory { color: var(--s1); } .compute { color: var(--s0); } span.memory, span.compute { font-weight: 600; }
      ol.legend { font-size: .85rem; padding-left: 1.8rem; } ol.legend li { margin: .1rem 0; }
      dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem 1rem; margin: 1rem 0; } dt { color: var(--faint); font-size: .85rem; } dd { margin: 0; font-size: 1.15rem; }
      td.why { white-space: normal; min-width: 16rem; } polyline.limit { fill: none; }
      div.wide td:first-child { max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
      </style>
      """;

  public CostPage {
    convolutions = List.copyOf(convolutions);
  }

  /// Writes the page, replacing an existing file.
  ///
  /// @throws IOException if the file cannot be written; an existing file then stays unchanged
  public void write(Path file) throws IOException {
    AtomicFile.writeString(file, toHtml());
  }

  /// UTF-8 text.
  public String toHtml() {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append(STYLE)
        .append("<p class=\"lead\">")
        .append(Printable.escapeHtml(lead))
        .append("</p>\n");
    summary(page);
    page.append("<div class=\"charts\">\n")
        .append(new DepthChart(cost.regions()).toHtml())
        .append(new RooflineChart(cost.regions(), machine).toHtml())
        .append("</div>\n");
    regions(page);
    convolutions(page);
    nodes(page);
    return PageStyle.page(title, page);
  }

  private void summary(StringBuilder page) {
    double seconds = cost.regions().stream().mapToDouble(machine::seconds).sum();
    page.append("<dl>\n");
    fact(page, "parameters", Quantity.of(cost.parameters(), ""));
    fact(page, "MACs", Quantity.of(cost.macs(), ""));
    fact(page, "FLOPs", Quantity.of(cost.flops(), ""));
    fact(page, "moved, unfused", Quantity.of(cost.bytesMoved(), "B"));
    fact(page, "moved, fused", Quantity.of(cost.fusedBytesMoved(), "B"));
    fact(page, "least time", Quantity.seconds(seconds));
    fact(page, "graph parallelism", String.format(Locale.ROOT, "%.2f", cost.graphParallelism()));
    page.append("</dl>\n");
    if (!cost.uncounted().isEmpty()) {
      page.append("<p class=\"lead\">Not counted, for their operator or shape is unknown: ")
          .append(Printable.escapeHtml(String.join(", ", cost.uncounted())))
          .append("</p>\n");
    }
  }

  private static void fact(StringBuilder page, String name, String value) {
    page.append("<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(name, value));
  }

  private void regions(StringBuilder page) {
    page.append(
        "<h2>Regions</h2>\n<p class=\"lead\">Nodes that a backend runs as one kernel: tensors between them do not reach memory. The least time is what the roofline allows; parallel is how many outputs do not wait for each other.</p>\n");
    List<List<String>> rows = new ArrayList<>();
    for (RegionCost region : cost.regions()) {
      if (region.flops() + region.bytesMoved() > 0) {
        rows.add(
            row(
                region.name(),
                region.ops(),
                region.macs(),
                region.parameters(),
                region.parallelism(),
                region));
      }
    }
    table(page, rows);
  }

  private void nodes(StringBuilder page) {
    page.append("<h2>Nodes</h2>\n<details><summary>")
        .append(cost.nodes())
        .append(" nodes, unfused</summary>\n");
    List<List<String>> rows = new ArrayList<>();
    for (NodeCost node : cost.nodeCosts()) {
      rows.add(
          row(
              node.node(),
              node.opType(),
              node.macs(),
              node.parameters(),
              node.parallelism(),
              node));
    }
    table(page, rows);
    page.append("</details>\n");
  }

  private List<String> row(
      String name, String ops, long macs, long parameters, long parallelism, Cost of) {
    return List.of(
        name,
        Quantity.of(macs, ""),
        Quantity.of(of.flops(), ""),
        Quantity.of(parameters, ""),
        Quantity.of(of.bytesMoved(), "B"),
        Quantity.of(of.arithmeticIntensity(), ""),
        Quantity.of(parallelism, ""),
        machine.bound(of).name().toLowerCase(Locale.ROOT),
        Quantity.seconds(machine.seconds(of)),
        ops);
  }

  private static void table(StringBuilder page, List<List<String>> rows) {
    page.append(
        "<div class=\"wide\"><table>\n<thead><tr><th>name</th><th class=\"n\">MACs</th><th class=\"n\">FLOPs</th><th class=\"n\">parameters</th><th class=\"n\">moved</th><th class=\"n\">FLOPs/byte</th><th class=\"n\">parallel</th><th>bound</th><th class=\"n\">least time</th><th>operators</th></tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      page.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        String text = Printable.escapeHtml(row.get(i));
        page.append(
            switch (i) {
              case 0 -> "<td title=\"%s\">%s</td>".formatted(text, text);
              case 7 -> "<td class=\"%s\">%s</td>".formatted(text, text);
              case 9 -> "<td>%s</td>".formatted(text);
              default -> "<td class=\"n\">%s</td>".formatted(text);
            });
      }
      page.append("</tr>\n");
    }
    page.append("</tbody></table></div>\n");
  }

  private void convolutions(StringBuilder page) {
    if (convolutions.isEmpty()) {
      return;
    }
    page.append(
        "<h2>Convolutions</h2>\n<p class=\"lead\">The algorithm that a model of time prefers among direct, im2col + GEMM, Winograd and FFT. It assumes what share of the peak each reaches; only a measurement decides.</p>\n<div class=\"wide\"><table>\n<thead><tr><th>name</th><th>why</th></tr></thead>\n<tbody>\n");
    for (ConvolutionCost each : convolutions) {
      String name = Printable.escapeHtml(each.node());
      page.append(
          "<tr><td title=\"%s\">%s</td><td class=\"why\">%s</td></tr>\n"
              .formatted(name, name, Printable.escapeHtml(each.explain(machine))));
    }
    page.append("</tbody></table></div>\n");
  }
}
