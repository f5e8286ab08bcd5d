// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;

/// Small networks of a few kinds of region, with weights from seeds.
public final class TuningNetworks {
  private final Graph graph = new Graph("network", OpsetImports.onnx(17));
  private Value current;
  private int count;

  private TuningNetworks(long side) {
    this.current =
        graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 16, side, side)));
  }

  /// Convolutions of 16 channels, each with a Relu.
  public static Model chain(int layers) {
    return chain(layers, 8);
  }

  /// @param side of the square input
  public static Model chain(int layers, long side) {
    TuningNetworks network = new TuningNetworks(side);
    for (int i = 0; i < layers; i++) {
      network.current = network.relu(network.convolution(network.current, 16, 16, 1));
    }
    return network.finish();
  }

  /// Three times four convolutions with their Relu, of 16, 24 and 32 channels.
  public static Model widening() {
    TuningNetworks network = new TuningNetworks(8);
    long inputs = 16;
    for (long outputs : new long[] {16, 24, 32}) {
      for (int i = 0; i < 4; i++) {
        network.current = network.relu(network.convolution(network.current, outputs, inputs, 1));
        inputs = outputs;
      }
    }
    return network.finish();
  }

  /// A chain whose first result is also added to its last, and a layer behind.
  public static Model bridged(int layers) {
    TuningNetworks network = new TuningNetworks(8);
    network.current = network.relu(network.convolution(network.current, 16, 16, 1));
    Value first = network.current;
    for (int i = 1; i < layers; i++) {
      network.current = network.relu(network.convolution(network.current, 16, 16, 1));
    }
    network.current = network.append(NodeBuilder.of("Mul"), network.current, first);
    network.current = network.append(NodeBuilder.of("Softmax"), network.current);
    network.current = network.convolution(network.current, 16, 16, 1);
    return network.finish();
  }

  /// A convolution, then blocks of two convolutions with a skip around them.
  public static Model residual(int blocks) {
    TuningNetworks network = new TuningNetworks(8);
    network.current = network.relu(network.convolution(network.current, 16, 16, 1));
    for (int i = 0; i < blocks; i++) {
      network.block();
    }
    return network.finish();
  }

  /// A residual block, then a depthwise and a pointwise convolution, then a product.
  public static Model mixed() {
    TuningNetworks network = new TuningNetworks(8);
    network.block();
    network.current = network.relu(network.convolution(network.current, 16, 1, 16));
    network.current = network.relu(network.convolution(network.current, 32, 16, 1));
    Value pooled = network.append(NodeBuilder.of("GlobalAveragePool"), network.current);
    Value flat = network.append(NodeBuilder.of("Flatten"), pooled);
    Value weights = network.graph.addInitializer("fc.w", noise(99, 32, 16));
    network.current = network.append(NodeBuilder.of("MatMul"), flat, weights);
    return network.finish();
  }

  private void block() {
    Value skip = current;
    Value inner = convolution(relu(convolution(skip, 16, 16, 1)), 16, 16, 1);
    current = relu(append(NodeBuilder.of("Add"), inner, skip));
  }

  private Value convolution(Value x, long outputs, long inputs, long groups) {
    Value weights = graph.addInitializer("w" + count, noise(count, outputs, inputs, 3, 3));
    return append(
        NodeBuilder.of("Conv").attribute("group", groups).ints("pads", 1, 1, 1, 1), x, weights);
  }

  private Value relu(Value x) {
    return append(NodeBuilder.of("Relu"), x);
  }

  private Value append(NodeBuilder builder, Value... inputs) {
    int index = count++;
    return graph.append(builder.name("n" + index).inputs(inputs).output("v" + index)).output(0);
  }

  private Model finish() {
    graph.addOutput(current);
    return new Model(graph, 8);
  }

  public static Tensor noise(long seed, long... sizes) {
    Shape shape = Shape.of(sizes);
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.2 * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }
}
