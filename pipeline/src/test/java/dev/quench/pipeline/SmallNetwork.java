// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.SplittableRandom;

/// Two convolutions with a Relu between them, and data for it, from seeds.
public final class SmallNetwork {
  private SmallNetwork() {}

  /// A new copy each time; its input is `x` [N, 8, 6, 6].
  public static Model model() {
    Graph graph = new Graph("small", OpsetImports.onnx(17));
    Shape input = Shape.of(Dim.of("N"), Dim.of(8), Dim.of(6), Dim.of(6));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, input));
    Value first = convolution(graph, x, "first", 16, 8, 1);
    Value relu =
        graph.append(NodeBuilder.of("Relu").name("relu").inputs(first).output("r")).output(0);
    graph.addOutput(convolution(graph, relu, "second", 16, 16, 2));
    return new Model(graph, 8);
  }

  private static Value convolution(
      Graph graph, Value x, String name, int outputs, int inputs, long seed) {
    Value weights = graph.addInitializer(name + ".w", noise(seed, outputs, inputs, 3, 3));
    return graph
        .append(NodeBuilder.of("Conv").name(name).inputs(x, weights).output(name + ".y"))
        .output(0);
  }

  /// @param samples of noise that is declared as real data
  public static Dataset data(int samples, long seed) {
    return TensorDataset.of("noise " + seed, Map.of("x", noise(seed, samples, 8, 6, 6)));
  }

  private static Tensor noise(long seed, long... sizes) {
    Shape shape = Shape.of(sizes);
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(shape, values);
  }
}
