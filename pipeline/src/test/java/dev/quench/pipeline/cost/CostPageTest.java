// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cost.ConvolutionCost;
import dev.quench.cost.ModelCost;
import dev.quench.cost.Roofline;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class CostPageTest {
  private static final String HOSTILE = "</title><script>alert(1)</script>&\"'\u202e";

  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private Value last = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 4, 8, 8)));

  private CostPageTest convolution(String name) {
    Value w = graph.addConstant("w", Tensor.ofFloats(Shape.of(4, 4, 3, 3), new float[144]));
    last =
        graph
            .append(
                NodeBuilder.of("Conv")
                    .name(name)
                    .inputs(last, w)
                    .ints("pads", 1, 1, 1, 1)
                    .output(graph.uniqueName("v")))
            .output(0);
    return this;
  }

  private String page() {
    if (!last.isGraphInput()) {
      graph.addOutput(last);
    }
    Model model = new Model(graph, 8);
    return new CostPage(
            HOSTILE,
            HOSTILE,
            ModelCost.of(model),
            ConvolutionCost.of(model, Map.of(), Roofline.ASSUMED),
            Roofline.ASSUMED)
        .toHtml();
  }

  private static List<String> charts(String page) {
    return Pattern.compile("<svg.*?</svg>", Pattern.DOTALL)
        .matcher(page)
        .results()
        .map(found -> found.group())
        .toList();
  }

  @Test
  void escapesWhatComesFromTheModel() {
    assertThat(convolution(HOSTILE).page()).doesNotContain("<script", "\u202e", "&\"'");
  }

  @Test
  void loadsNothing() {
    assertThat(convolution("c").page()).doesNotContain("http:", "https:", "src=", "url(");
  }

  @Test
  void chartsAreWellFormed() throws Exception {
    List<String> charts = charts(convolution(HOSTILE).convolution("d").page());

    assertThat(charts).hasSize(2);
    for (String chart : charts) {
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(chart)));
      assertThat(chart).doesNotContain("NaN", "Infinity");
    }
  }

  @Test
  void barsAreSharesOfTheWhole() {
    String depth = charts(convolution("a").convolution("b").page()).getFirst();

    assertThat(depth).contains("a: 18.4 k FLOPs, 50.0 %").contains("b: 144 parameters, 50.0 %");
  }

  @Test
  void neighboursShareARowInADeepNetwork() {
    for (int i = 0; i < 301; i++) {
      convolution("c" + i);
    }
    String page = page();

    assertThat(page).contains("(3 neighbours a row)");
    assertThat(charts(page).getFirst()).contains("c300: Conv");
  }

  @Test
  void aModelWithoutWorkHasNoCharts() {
    Value y = graph.append(NodeBuilder.of("Identity").inputs(last).output("y")).output(0);
    graph.addOutput(y);

    assertThat(charts(page())).isEmpty();
  }
}
