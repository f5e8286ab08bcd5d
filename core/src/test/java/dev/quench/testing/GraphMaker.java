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
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// Builds a small model together with seeded inputs that fit it.
public final class GraphMaker {
  private final Graph graph;
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final SplittableRandom random;

  public GraphMaker(long opset, long seed) {
    this.graph = new Graph("made", OpsetImports.onnx(opset));
    this.random = new SplittableRandom(seed);
  }

  public Graph graph() {
    return graph;
  }

  /// A FLOAT input with values in `[-3, 3)`.
  public Value input(String name, long... shape) {
    return input(name, floats(random, shape));
  }

  /// An input that will be fed `tensor`.
  public Value input(String name, Tensor tensor) {
    inputs.put(name, tensor);
    return graph.addInput(name, ValueType.tensor(tensor.dataType(), tensor.shape()));
  }

  public Value constant(String name, Tensor tensor) {
    return graph.addInitializer(name, tensor);
  }

  public Value constant(String name, long... values) {
    return graph.addInitializer(name, Tensor.vector(values));
  }

  public Value weights(String name, long... shape) {
    return graph.addInitializer(name, floats(random, shape));
  }

  public Node node(NodeBuilder builder) {
    return graph.append(builder);
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

  public Model model() {
    return new Model(graph, 8);
  }

  public Model model(long irVersion) {
    return new Model(graph, irVersion);
  }

  public Map<String, Tensor> inputs() {
    return inputs;
  }

  public static Tensor floats(SplittableRandom random, long... shape) {
    Shape of = Shape.of(shape);
    float[] values = new float[Math.toIntExact(of.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-3, 3);
    }
    return Tensor.ofFloats(of, values);
  }

  public static Tensor bytes(DataType type, Shape shape, int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.of(type, shape, MemorySegment.ofArray(bytes));
  }
}
