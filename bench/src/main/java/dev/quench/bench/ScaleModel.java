// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/// Writes the models that show how time and memory grow: many nodes, or many bytes of weights.
/// Weights come from one seed, so that a size always gives the same file.
///
/// - `nodes N FILE`: blocks of Conv, Relu, Conv and Add over 16 channels of 8×8, N nodes.
/// - `weights GB FILE`: layers of MatMul and Relu with 4096×4096 weights, as many as come nearest
///   to GB·10⁹ bytes.
public final class ScaleModel {
  private static final int OPSET = 13;
  private static final int IR_VERSION = 8;
  private static final int CHANNELS = 16;
  private static final int IMAGE = 8;
  private static final int FEATURES = 4096;
  private static final long SEED = 7;

  private final Random random = new Random(SEED);
  private final Graph graph = new Graph("scale", new OpsetImports(Map.of("", (long) OPSET)));

  private ScaleModel() {}

  /// @param arguments `nodes` or `weights`, how many, and the file
  public static void main(String... arguments) throws IOException {
    if (arguments.length != 3) {
      throw new IllegalArgumentException("expected: nodes N FILE, or weights GB FILE");
    }
    ScaleModel made = new ScaleModel();
    Value last =
        switch (arguments[0]) {
          case "nodes" -> made.blocks(Integer.parseInt(arguments[1]));
          case "weights" -> made.layers(Double.parseDouble(arguments[1]));
          default ->
              throw new IllegalArgumentException("expected nodes or weights, got " + arguments[0]);
        };
    made.graph.addOutput(last);
    OnnxWriter.write(new Model(made.graph, IR_VERSION), Path.of(arguments[2]));
  }

  private Value blocks(int nodes) {
    Value x = input(1, CHANNELS, IMAGE, IMAGE);
    for (int block = 0; block < nodes / 4; block++) {
      Value first = convolution(x, block + "a", 0.25F);
      Value second = convolution(node("Relu", "relu" + block, first), block + "b", 0.05F);
      x = node("Add", "add" + block, x, second);
    }
    return x;
  }

  private Value convolution(Value x, String name, float deviation) {
    float[] weights = new float[CHANNELS * CHANNELS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = deviation * (float) random.nextGaussian();
    }
    Tensor kernel = Tensor.ofFloats(Shape.of(CHANNELS, CHANNELS, 1, 1), weights);
    Tensor bias = Tensor.ofFloats(Shape.of(CHANNELS), new float[CHANNELS]);
    return node(
        "Conv",
        "conv" + name,
        x,
        graph.addInitializer("w" + name, kernel),
        graph.addInitializer("b" + name, bias));
  }

  /// The weights of all layers are windows of one stretch of noise, a prime number of rows apart.
  private Value layers(double gigabytes) {
    int rowsApart = 13;
    long bytes = 4L * FEATURES * FEATURES;
    int count = (int) Math.max(1, Math.round(gigabytes * 1e9 / bytes));
    MemorySegment noise = noise(bytes + 4L * FEATURES * rowsApart * (count - 1));
    Value x = input(1, FEATURES);
    for (int layer = 0; layer < count; layer++) {
      MemorySegment window = noise.asSlice(4L * FEATURES * rowsApart * layer, bytes);
      Tensor weights = Tensor.of(DataType.FLOAT, Shape.of(FEATURES, FEATURES), window);
      Value product =
          node("MatMul", "matmul" + layer, x, graph.addInitializer("w" + layer, weights));
      x = node("Relu", "relu" + layer, product);
    }
    return x;
  }

  /// So spread that a layer keeps the size of what it reads.
  private MemorySegment noise(long bytes) {
    ValueLayout.OfFloat layout =
        ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    MemorySegment noise = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    double deviation = Math.sqrt(2.0 / FEATURES);
    for (long i = 0; i < bytes; i += 4) {
      noise.set(layout, i, (float) (deviation * random.nextGaussian()));
    }
    return noise;
  }

  private Value input(long... sizes) {
    return graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(sizes)));
  }

  private Value node(String type, String name, Value... inputs) {
    return graph
        .append(NodeBuilder.of(type).name(name).inputs(inputs).output(graph.uniqueName("y")))
        .output(0);
  }
}
