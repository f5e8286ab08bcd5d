// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.compare.ModelComparison.Side;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelComparisonTest {
  private final Backend backend = Backends.named("onnxruntime");
  private final Dataset data = SmallNetwork.data(6, 5);

  private TensorFigures compare(Model expected, Model actual, boolean inner) throws IOException {
    try (ModelComparison comparison =
            ModelComparison.open(new Side(expected, backend), new Side(actual, backend), inner);
        Stream<Batch> batches = data.batches(4)) {
      batches.forEachOrdered(batch -> comparison.add(batch.inputs(), batch.size()));
      assertThat(comparison.optimized()).isPresent();
      return comparison.figures();
    }
  }

  @Test
  void aModelEqualsItself() throws IOException {
    TensorFigures figures = compare(SmallNetwork.model(), SmallNetwork.model(), false);

    assertThat(figures.worst()).containsOnlyKeys("second");
    assertThat(figures.worst().get("second").worst().maxAbsoluteError()).isZero();
  }

  @Test
  void innerTensorsStandAfterTheOutputs() throws IOException {
    Model int8 = QuantizationRecipe.of(SmallNetwork.model(), RangeSource.on(data)).run().model();
    TensorFigures figures = compare(SmallNetwork.model(), int8, true);

    assertThat(figures.worst().keySet().iterator().next()).isEqualTo("second");
    assertThat(figures.worst().get("second").worst().cosine()).isBetween(0.99, 0.99999);
    assertThat(figures.worst().values()).anyMatch(each -> !each.output());
  }

  @Test
  void otherOutputsAreRefused() {
    Graph graph = new Graph("other", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(4, 8, 6, 6)));
    graph.addOutput(graph.append(NodeBuilder.of("Relu").inputs(x).output("z")).output(0));

    assertThatThrownBy(() -> compare(SmallNetwork.model(), new Model(graph, 8), false))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("[second] and [z]");
  }
}
