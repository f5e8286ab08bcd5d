// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/// How ONNX Runtime rounds on this machine where ONNX leaves rounding open, probed once per
/// process. Operations that round differently stay in ONNX Runtime.
///
/// @param batchNormalization whether it computes `x * s + b` with `s = (1 / sqrt(var + epsilon)) *
///   scale` and `b = bias - mean * s`, each operation rounded to float
/// @param convolutionBias whether it adds a bias to the finished sum
/// @param keepsZeros whether `Relu` and `Clip` leave a zero unchanged, even −0
record ReferenceArithmetic(
    boolean batchNormalization, boolean convolutionBias, boolean keepsZeros) {
  private static final int CHANNELS = 64;
  private static final int PIXELS = 37;

  private static final class Holder {
    static final ReferenceArithmetic PROBED = probe();
  }

  static ReferenceArithmetic ofThisMachine() {
    return Holder.PROBED;
  }

  /// Factor of a normalization.
  static float factor(float scale, float variance, float epsilon) {
    float inverse = 1 / (float) Math.sqrt(variance + epsilon);
    return inverse * scale;
  }

  /// Summand of a normalization.
  static float summand(float bias, float mean, float factor) {
    return bias - mean * factor;
  }

  private static ReferenceArithmetic probe() {
    SplittableRandom random = new SplittableRandom(17);
    Graph graph = new Graph("probe", OpsetImports.onnx(17));
    Shape shape = Shape.of(2, CHANNELS, PIXELS, 1);
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, shape));
    Tensor scale = tensor(Shape.of(CHANNELS), () -> random.nextDouble(-2, 2));
    Tensor bias = tensor(Shape.of(CHANNELS), () -> random.nextDouble(-2, 2));
    Tensor mean = tensor(Shape.of(CHANNELS), () -> random.nextDouble(-30, 30));
    Tensor variance = tensor(Shape.of(CHANNELS), () -> random.nextDouble(0, 900));
    Value biasValue = graph.addInitializer("bias", bias);
    graph.addOutput(
        graph
            .append(
                NodeBuilder.of("BatchNormalization")
                    .inputs(
                        x,
                        graph.addInitializer("scale", scale),
                        biasValue,
                        graph.addInitializer("mean", mean),
                        graph.addInitializer("variance", variance))
                    .output("normalized"))
            .output(0));
    Tensor ones = tensor(Shape.of(CHANNELS, CHANNELS, 3, 1), () -> random.nextBoolean() ? 1 : -1);
    Value weights = graph.addInitializer("weights", ones);
    graph.addOutput(graph.append(convolution(x, weights).output("sum")).output(0));
    graph.addOutput(graph.append(convolution(x, weights, biasValue).output("biased")).output(0));
    Value signs = graph.addInput("signs", ValueType.tensor(DataType.FLOAT, shape));
    Value zero = graph.addInitializer("zero", Tensor.scalar(0f));
    graph.addOutput(
        graph.append(NodeBuilder.of("Relu").inputs(signs).output("rectified")).output(0));
    graph.addOutput(
        graph.append(NodeBuilder.of("Clip").inputs(signs, zero, zero).output("clipped")).output(0));
    Tensor input = tensor(shape, () -> random.nextInt(-300, 301));
    float[] few = {-0.0f, 0, -1, 1};
    Tensor zeros = tensor(shape, () -> few[random.nextInt(few.length)]);
    try (Session session =
        new OnnxRuntimeBackend()
            .open(
                new Model(graph, 8),
                SessionOptions.DEFAULT.withThreads(1).withOptimization(false))) {
      Map<String, Tensor> outputs = session.run(Map.of("x", input, "signs", zeros));
      float epsilon = 1e-5f;
      float[] values = input.toFloats();
      float[] normalized = floats(outputs, "normalized");
      float[] sum = floats(outputs, "sum");
      float[] biased = floats(outputs, "biased");
      boolean batchNormalization = true;
      boolean convolutionBias = true;
      boolean keepsZeros = true;
      float[] rectified = floats(outputs, "rectified");
      float[] clipped = floats(outputs, "clipped");
      for (int i = 0; i < values.length; i++) {
        int c = i / PIXELS % CHANNELS;
        float factor = factor((float) scale.doubleAt(c), (float) variance.doubleAt(c), epsilon);
        float summand = summand((float) bias.doubleAt(c), (float) mean.doubleAt(c), factor);
        batchNormalization &= normalized[i] == values[i] * factor + summand;
        float each = (float) zeros.doubleAt(i);
        keepsZeros &= sameBits(rectified[i], Math.abs(each) == 0 || each > 0 ? each : 0);
        keepsZeros &= sameBits(clipped[i], Math.abs(each) == 0 ? each : 0);
        convolutionBias &= biased[i] == sum[i] + (float) bias.doubleAt(c);
      }
      return new ReferenceArithmetic(batchNormalization, convolutionBias, keepsZeros);
    }
  }

  private static boolean sameBits(float one, float other) {
    return Float.floatToRawIntBits(one) == Float.floatToRawIntBits(other);
  }

  private static float[] floats(Map<String, Tensor> outputs, String name) {
    return Objects.requireNonNull(outputs.get(name)).toFloats();
  }

  private static NodeBuilder convolution(Value... inputs) {
    return NodeBuilder.of("Conv").inputs(inputs).ints("pads", 1, 0, 1, 0);
  }

  private static Tensor tensor(Shape shape, DoubleSupplier values) {
    float[] floats = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values.getAsDouble();
    }
    return Tensor.ofFloats(shape, floats);
  }
}
