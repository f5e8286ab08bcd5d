// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

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
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/// Builds a small model with seeded weights, together with seeded inputs that fit it.
public final class GraphMaker {
  private final Graph graph;
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final SplittableRandom random;
  private final SplittableRandom inputRandom;

  /// Opset 13, seed 1.
  public GraphMaker() {
    this(13);
  }

  /// Seed 1.
  public GraphMaker(long opset) {
    this(opset, 1);
  }

  public GraphMaker(long opset, long seed) {
    this.graph = new Graph("made", OpsetImports.onnx(opset));
    this.random = new SplittableRandom(seed);
    this.inputRandom = new SplittableRandom(seed);
  }

  public Graph graph() {
    return graph;
  }

  public Model model() {
    return new Model(graph, 8);
  }

  public Model model(long irVersion) {
    return new Model(graph, irVersion);
  }

  /// What the inputs of fixed shape are fed.
  public Map<String, Tensor> inputs() {
    return inputs;
  }

  /// A FLOAT input with values in `[-3, 3)`.
  public Value input(String name, long... sizes) {
    return input(name, floats(inputRandom, sizes));
  }

  /// An input that will be fed `tensor`.
  public Value input(String name, Tensor tensor) {
    inputs.put(name, tensor);
    return graph.addInput(name, ValueType.tensor(tensor.dataType(), tensor.shape()));
  }

  /// A FLOAT input that will not be fed.
  public Value input(String name, Dim... dims) {
    return graph.addInput(name, ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }

  public Value constant(String name, Tensor tensor) {
    return graph.addInitializer(name, tensor);
  }

  public Value constant(String name, long... values) {
    return graph.addInitializer(name, Tensor.vector(values));
  }

  /// Normally distributed.
  public Value weights(String name, long... sizes) {
    return graph.addInitializer(name, normal(sizes));
  }

  /// Between 0.5 and 1.5.
  public Value positive(String name, long... sizes) {
    return graph.addInitializer(name, tensor(() -> 0.5 + random.nextDouble(), sizes));
  }

  /// Normally distributed.
  public Tensor normal(long... sizes) {
    return tensor(random::nextGaussian, sizes);
  }

  public Node node(NodeBuilder builder) {
    return graph.append(builder);
  }

  /// A node with one output, named like it.
  public Value add(String opType, String output, Value... inputs) {
    return add(NodeBuilder.of(opType), output, inputs);
  }

  /// A node with one output, named like it.
  public Value add(NodeBuilder builder, String output, Value... inputs) {
    return graph.append(builder.name(output).inputs(inputs).output(output)).output(0);
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

  /// A node with one output, which becomes a graph output.
  public GraphMaker output(NodeBuilder builder, String name) {
    graph.addOutput(graph.append(builder.output(name)).output(0));
    return this;
  }

  public GraphMaker output(Value value) {
    graph.addOutput(value);
    return this;
  }

  /// Graph outputs, FLOAT unless their type is known.
  public GraphMaker outputs(Value... values) {
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

  /// In `[-3, 3)`.
  public static Tensor floats(SplittableRandom random, long... sizes) {
    return tensor(() -> random.nextDouble(-3, 3), sizes);
  }

  public static Tensor bytes(DataType type, Shape shape, int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.of(type, shape, MemorySegment.ofArray(bytes));
  }

  private static Tensor tensor(DoubleSupplier elements, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) elements.getAsDouble();
    }
    return Tensor.ofFloats(shape, values);
  }
}
