// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.fuse.Fusion;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
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
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelComparisonTest {
  private final Backend backend = Backends.named("onnxruntime");
  private final Dataset data = SmallNetwork.data(6, 5);

  private TensorFigures compare(Model expected, Model actual, boolean inner) throws IOException {
    return compare(
        expected,
        actual,
        inner
            ? TensorAlignment.byName(expected, actual)
            : TensorAlignment.ofOutputs(expected, actual));
  }

  private TensorFigures compare(Model expected, Model actual, TensorAlignment alignment)
      throws IOException {
    try (ModelComparison comparison =
            ModelComparison.open(
                new Side(expected, backend), new Side(actual, backend), alignment);
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

  /// The same network with other names.
  private static Model renamed(Model model) {
    Model other = model.copy();
    int number = 0;
    for (Node node : other.graph().nodes()) {
      for (Value output : node.outputs()) {
        other.graph().rename(output, "t" + number++);
      }
    }
    return other;
  }

  /// A convolution and a normalization, which fusion makes one.
  private static Model normalized() {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(8), Dim.of(6), Dim.of(6));
    Value conv = maker.add("Conv", "conv", x, maker.weights("w", 16, 8, 3, 3));
    Value norm = maker.normalize("norm", conv, 16);
    maker.output(maker.add("Relu", "relu", norm));
    return maker.model();
  }

  @Test
  void aFoldedNormalizationBelongsToItsLayer() throws IOException {
    Model fused = normalized();
    Fusion.standard(backend).apply(fused);
    TensorAlignment alignment = TensorAlignment.byOrder(normalized(), fused);
    assertThat(alignment.inner()).containsOnlyKeys("norm");
    assertThat(compare(normalized(), fused, alignment).worst().get("norm").worst().cosine())
        .isGreaterThan(0.99999);
  }

  @Test
  void layersOfOtherNamesAreAlignedByOrder() throws IOException {
    Model model = SmallNetwork.model();
    Model other = renamed(model);
    TensorAlignment alignment = TensorAlignment.byOrder(model, other);
    assertThat(alignment.outputs()).containsOnlyKeys("second");
    assertThat(alignment.inner()).isNotEmpty();

    TensorFigures figures = compare(model, other, alignment);
    assertThat(figures.worst()).hasSize(1 + alignment.inner().size());
    assertThat(figures.worst().values())
        .allSatisfy(each -> assertThat(each.worst().cosine()).isGreaterThan(0.99999));
  }

  @Test
  void orderPairsEqualNumbersOfOutputsOnly() {
    Model two = SmallNetwork.model();
    two.graph().addOutput(two.graph().nodes().getFirst().output(0));
    assertThatThrownBy(() -> TensorAlignment.byOrder(SmallNetwork.model(), two))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("same number of them only");
  }
}
