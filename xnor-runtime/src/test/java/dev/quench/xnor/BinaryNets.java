// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/// Builds seeded binary networks layer by layer.
public final class BinaryNets {
  private final SplittableRandom random;
  private final Graph graph = new Graph("binary", OpsetImports.onnx(17));
  private int names;

  public BinaryNets(long seed) {
    this.random = new SplittableRandom(seed);
  }

  Graph graph() {
    return graph;
  }

  public SplittableRandom random() {
    return random;
  }

  /// An input named `x` with a free batch.
  public Value input(long... shape) {
    Dim[] dims = new Dim[shape.length + 1];
    dims[0] = Dim.of("batch");
    for (int i = 0; i < shape.length; i++) {
      dims[i + 1] = Dim.of(shape[i]);
    }
    return graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }

  public Value node(NodeBuilder builder) {
    return graph.append(builder.output("v" + names++)).output(0);
  }

  public Value node(String opType, Value... inputs) {
    return node(NodeBuilder.of(opType).inputs(inputs));
  }

  public Value constant(Tensor tensor) {
    return graph.addConstant("c", tensor);
  }

  public Value scalar(float value) {
    return constant(Tensor.scalar(value));
  }

  public Value sign(Value x) {
    return node("Where", node("GreaterOrEqual", x, scalar(0)), scalar(1), scalar(-1));
  }

  /// Values between −1 and 1.
  public Value floats(long... shape) {
    return constant(tensor(Shape.of(shape), () -> random.nextDouble(-1, 1)));
  }

  public Value binary(long... shape) {
    return constant(tensor(Shape.of(shape), () -> random.nextBoolean() ? 1 : -1));
  }

  public Value ternary(long... shape) {
    return constant(tensor(Shape.of(shape), () -> random.nextInt(3) - 1));
  }

  /// With factors of both signs, some 0, and means that are sums now and then, so that results meet
  /// 0 exactly.
  Value normalize(Value x, long channels, int spread) {
    Shape shape = Shape.of(channels);
    return node(
        "BatchNormalization",
        x,
        constant(tensor(shape, () -> random.nextInt(6) == 0 ? 0 : random.nextDouble(-1.5, 1.5))),
        constant(tensor(shape, () -> random.nextInt(3) == 0 ? 0 : random.nextDouble(-0.5, 0.5))),
        constant(
            tensor(
                shape,
                () ->
                    random.nextBoolean()
                        ? random.nextInt(-spread, spread + 1)
                        : random.nextDouble(-spread, spread))),
        constant(tensor(shape, () -> random.nextDouble(0.1, 2.0 * spread * spread))));
  }

  public Model model(Value... outputs) {
    for (Value output : outputs) {
      graph.addOutput(output);
    }
    Model model = new Model(graph, 8);
    ShapeInference.infer(model);
    return model;
  }

  Tensor feed(long... shape) {
    return tensor(Shape.of(shape), () -> random.nextInt(9) == 0 ? 0 : random.nextDouble(-1, 1));
  }

  public static Tensor tensor(Shape shape, DoubleSupplier values) {
    float[] floats = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values.getAsDouble();
    }
    return Tensor.ofFloats(shape, floats);
  }
}
