// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;

/// A small model under construction, with seeded random weights.
public final class Fixture {
  private final Graph graph;
  private final SplittableRandom random;

  public Fixture() {
    this(13);
  }

  public Fixture(long opset) {
    this(opset, 1);
  }

  public Fixture(long opset, long seed) {
    this.graph = new Graph("fixture", OpsetImports.onnx(opset));
    this.random = new SplittableRandom(seed);
  }

  public Graph graph() {
    return graph;
  }

  public Model model() {
    return new Model(graph, 8);
  }

  public Value input(String name, long... sizes) {
    return graph.addInput(name, ValueType.tensor(DataType.FLOAT, Shape.of(sizes)));
  }

  public Value input(String name, Dim... dims) {
    return graph.addInput(name, ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }

  /// Normally distributed.
  public Tensor normal(long... sizes) {
    return fill(Shape.of(sizes), 0, 1);
  }

  /// Normally distributed.
  public Value weights(String name, long... sizes) {
    return graph.addInitializer(name, normal(sizes));
  }

  /// Between 0.5 and 1.5.
  public Value positive(String name, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.5 + random.nextDouble());
    }
    return graph.addInitializer(name, Tensor.ofFloats(shape, values));
  }

  public Value constant(String name, Tensor tensor) {
    return graph.addInitializer(name, tensor);
  }

  /// A node with one output, named like it.
  public Value add(String opType, String output, Value... inputs) {
    return add(NodeBuilder.of(opType), output, inputs);
  }

  /// A node with one output, named like it.
  public Value add(NodeBuilder builder, String output, Value... inputs) {
    Node node = graph.append(builder.name(output).inputs(inputs).output(output));
    return node.output(0);
  }

  /// Inference batch normalization with random parameters `output.scale`, `.shift`, `.mean`,
  /// `.variance`.
  public Value normalize(String output, Value input, long channels) {
    return add(
        "BatchNormalization",
        output,
        input,
        weights(output + ".scale", channels),
        weights(output + ".shift", channels),
        weights(output + ".mean", channels),
        positive(output + ".variance", channels));
  }

  public Fixture outputs(Value... values) {
    for (Value value : values) {
      if (value.type().isEmpty()) {
        value.setType(ValueType.unranked(DataType.FLOAT));
      }
      graph.addOutput(value);
    }
    return this;
  }

  public Node node(String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  private Tensor fill(Shape shape, double mean, double deviation) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }
}
