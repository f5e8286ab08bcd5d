// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.factor.FactorMethod;
import dev.quench.compress.factor.FactorizationReport;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.pipeline.factor.FactorizationPage;
import dev.quench.pipeline.factor.FactorizationResult;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.report.Environment;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CostChangeTest {
  private static final RealizedGain GAIN =
      new RealizedGain("onnxruntime", 1, new PairedLatency(2, 1.25, 0.625));

  private static Model product(int outputs) {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 100)));
    Value w =
        graph.addConstant("w", Tensor.ofFloats(Shape.of(100, outputs), new float[100 * outputs]));
    graph.addOutput(
        graph.append(NodeBuilder.of("MatMul").name("m").inputs(x, w).output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void setsTheGainByCountAgainstTheMeasuredOne() {
    CostChange change = new CostChange(ModelCost.of(product(40)), ModelCost.of(product(10)), GAIN);
    assertThat(change.theoreticalGain()).isEqualTo(4);
    assertThat(change.toHtml())
        .contains("4.00 k → 1.00 k, 25.0 %", "16.0 kB → 4.00 kB, 25.0 %")
        .contains("by MACs", ">4.00<", "measured on onnxruntime", ">1.60<")
        .contains("by count and as measured<");
  }

  @Test
  void saysThatNothingIsGained() {
    RealizedGain none = new RealizedGain("onnxruntime", 1, new PairedLatency(1, 1, 1));
    ModelCost cost = ModelCost.of(product(10));
    assertThat(new CostChange(cost, cost, none).toHtml()).contains("as measured: no gain");
  }

  @Test
  void showsSplitsAndWhatStaysWhole() {
    FactorizationReport report =
        new FactorizationReport(
            List.of(
                new FactorizationReport.Split(
                    "Conv '<a>'",
                    FactorMethod.CHANNEL,
                    List.of(48),
                    0.83,
                    0.299,
                    OptionalDouble.of(0.95)),
                new FactorizationReport.Whole("Conv 'b'", "its factors take 1.14 of its MACs")));
    FactorizationResult result =
        new FactorizationResult(
            product(10), report, ModelCost.of(product(40)), ModelCost.of(product(10)), GAIN);
    assertThat(
            new FactorizationPage("Splitting of net", result, new Environment(Map.of())).toHtml())
        .contains("channel 48: 83 %", "0.299", "its factors take 1.14 of its MACs")
        .contains(
            "2.000 ms for 1 sample on onnxruntime before, 1.60 times as fast now (median of pairs of calls)")
        .doesNotContain("<a>");
  }
}
