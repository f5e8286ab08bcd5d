// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

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

/// Builds seeded networks for benchmarks.
final class Layers {
  private final SplittableRandom random = new SplittableRandom(42);
  private final Graph graph = new Graph("benchmark", OpsetImports.onnx(17));
  private int names;

  SplittableRandom random() {
    return random;
  }

  Value input(int channels, int size) {
    Shape shape = Shape.of(Dim.of("batch"), Dim.of(channels), Dim.of(size), Dim.of(size));
    return graph.addInput("image", ValueType.tensor(DataType.FLOAT, shape));
  }

  Value node(NodeBuilder builder) {
    return graph.append(builder.output("value" + names++)).output(0);
  }

  Value node(String opType, Value... inputs) {
    return node(NodeBuilder.of(opType).inputs(inputs));
  }

  Value constant(Tensor tensor) {
    return graph.addConstant("constant", tensor);
  }

  Value scalar(float value) {
    return constant(Tensor.scalar(value));
  }

  Value sign(Value x) {
    return node("Where", node("GreaterOrEqual", x, scalar(0)), scalar(1), scalar(-1));
  }

  Value binaryWeights(long... shape) {
    return constant(tensor(Shape.of(shape), () -> random.nextBoolean() ? 1 : -1));
  }

  Value weights(long... shape) {
    double scale = 1 / Math.sqrt(shape[1] * shape[2] * shape[3]);
    return constant(tensor(Shape.of(shape), () -> scale * random.nextDouble(-1, 1)));
  }

  /// Weights of a dense layer.
  Value matrix(long outputs, long inputs) {
    double scale = 1 / Math.sqrt(inputs);
    return constant(tensor(Shape.of(outputs, inputs), () -> scale * random.nextDouble(-1, 1)));
  }

  Value convolution(Value x, Value weights, int pad) {
    return node(NodeBuilder.of("Conv").inputs(x, weights).ints("pads", pad, pad, pad, pad));
  }

  /// @param spread standard deviation of what is normalized
  Value normalization(Value x, int channels, double spread) {
    Shape shape = Shape.of(channels);
    return node(
        "BatchNormalization",
        x,
        constant(tensor(shape, () -> random.nextDouble(-1, 1))),
        constant(tensor(shape, () -> random.nextDouble(-0.5, 0.5))),
        constant(tensor(shape, () -> spread * random.nextDouble(-1, 1))),
        constant(tensor(shape, () -> spread * spread)));
  }

  Value pooling(Value x) {
    return node(
        NodeBuilder.of("MaxPool").inputs(x).ints("kernel_shape", 2, 2).ints("strides", 2, 2));
  }

  Model model(Value output) {
    graph.addOutput(output);
    Model model = new Model(graph, 8);
    ShapeInference.infer(model);
    return model;
  }

  Tensor image(int batch, int channels, int size) {
    return tensor(Shape.of(batch, channels, size, size), random::nextGaussian);
  }

  static Tensor tensor(Shape shape, DoubleSupplier values) {
    float[] floats = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values.getAsDouble();
    }
    return Tensor.ofFloats(shape, floats);
  }
}
