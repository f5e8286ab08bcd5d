// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// A graph for each form of each operator that trains.
final class OperationGraphs {
  private OperationGraphs() {}

  static Stream<Arguments> graphs() {
    Map<String, Consumer<GraphMaker>> graphs = new LinkedHashMap<>();
    convolutions(graphs);
    PoolingGraphs.add(graphs);
    products(graphs);
    elementwise(graphs);
    layout(graphs);
    quantization(graphs);
    ActivationGraphs.add(graphs);
    IndexGraphs.add(graphs);
    NormalizationGraphs.add(graphs);
    return graphs.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  /// The opset whose definition of the operator a graph needs.
  static long opset(String name) {
    if (name.startsWith("AveragePool dilated") || name.endsWith("in mode wrap")) {
      return 19;
    }
    if (name.startsWith("Pad of axes")) {
      return 18;
    }
    return switch (name) {
      case "Mish", "GroupNormalization by group" -> 18;
      case "Gelu", "Gelu by tanh" -> 20;
      case "GroupNormalization by channel" -> 21;
      default -> 17;
    };
  }

  static void convolutions(Map<String, Consumer<GraphMaker>> graphs) {
    conv(graphs, "plain", node("Conv").ints("pads", 1, 1, 1, 1), 3, 3);
    conv(graphs, "asymmetric", node("Conv").ints("pads", 0, 1, 2, 0), 3, 3);
    conv(graphs, "strided", node("Conv").ints("strides", 2, 1).ints("pads", 1, 0, 1, 0), 3, 2);
    conv(graphs, "dilated", node("Conv").ints("dilations", 2, 3), 2, 2);
    conv(graphs, "valid", node("Conv").attribute("auto_pad", "VALID"), 3, 3);
    for (String mode : new String[] {"SAME_UPPER", "SAME_LOWER"}) {
      conv(graphs, mode, node("Conv").attribute("auto_pad", mode), 4, 3);
      conv(
          graphs,
          mode + " strided",
          node("Conv").attribute("auto_pad", mode).ints("strides", 3, 2),
          4,
          2);
    }
    graphs.put(
        "Conv grouped with bias",
        f ->
            f.outputs(
                f.add(
                    node("Conv").attribute("group", 3),
                    "y",
                    f.input("x", 2, 6, 5, 7),
                    f.weights("w", 9, 2, 3, 3),
                    f.weights("b", 9))));
    graphs.put(
        "Conv depthwise",
        f ->
            f.outputs(
                f.add(
                    node("Conv").attribute("group", 5).ints("pads", 1, 1, 1, 1),
                    "y",
                    f.input("x", 1, 5, 6, 6),
                    f.weights("w", 5, 1, 3, 3))));
    graphs.put(
        "Conv over one axis",
        f ->
            f.outputs(
                f.add(
                    node("Conv").ints("pads", 2, 1).ints("strides", 2),
                    "y",
                    f.input("x", 2, 3, 9),
                    f.weights("w", 4, 3, 2))));
    graphs.put(
        "Conv over three axes",
        f ->
            f.outputs(
                f.add(
                    node("Conv").ints("pads", 1, 1, 0, 1, 1, 0),
                    "y",
                    f.input("x", 2, 3, 4, 5, 3),
                    f.weights("w", 4, 3, 3, 3, 2))));
  }

  static void conv(
      Map<String, Consumer<GraphMaker>> graphs,
      String name,
      NodeBuilder node,
      int rows,
      int columns) {
    graphs.put(
        "Conv " + name,
        f ->
            f.outputs(
                f.add(node, "y", f.input("x", 2, 3, 9, 8), f.weights("w", 4, 3, rows, columns))));
  }

  static void products(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "Gemm", f -> f.outputs(f.add("Gemm", "y", f.input("x", 3, 4), f.weights("w", 4, 5))));
    graphs.put(
        "Gemm transposed with bias",
        f ->
            f.outputs(
                f.add(
                    node("Gemm").attribute("transB", 1),
                    "y",
                    f.input("x", 3, 4),
                    f.weights("w", 5, 4),
                    f.weights("b", 5))));
    graphs.put(
        "Gemm with all attributes",
        f ->
            f.outputs(
                f.add(
                    node("Gemm")
                        .attribute("transA", 1)
                        .attribute("alpha", 0.5f)
                        .attribute("beta", -2f),
                    "y",
                    f.input("x", 4, 3),
                    f.weights("w", 4, 5),
                    f.weights("b", 3, 1))));
    graphs.put(
        "MatMul and Add",
        f ->
            f.outputs(
                f.add(
                    "Add",
                    "y",
                    f.add("MatMul", "p", f.input("x", 2, 3, 4), f.weights("w", 4, 5)),
                    f.weights("b", 5))));
    graphs.put("BatchNormalization", f -> f.outputs(f.normalize("y", f.input("x", 3, 4, 5, 2), 4)));
    graphs.put(
        "BatchNormalization of features", f -> f.outputs(f.normalize("y", f.input("x", 3, 4), 4)));
  }

  static void elementwise(Map<String, Consumer<GraphMaker>> graphs) {
    for (String type :
        new String[] {
          "Relu",
          "Sigmoid",
          "Tanh",
          "Exp",
          "Abs",
          "Neg",
          "Softplus",
          "HardSwish",
          "Sign",
          "Identity",
          "LeakyRelu",
          "Elu",
          "HardSigmoid",
          "Dropout",
          "Reciprocal"
        }) {
      graphs.put(type, f -> f.outputs(f.add(type, "y", f.input("x", 2, 3, 4))));
    }
    graphs.put(
        "LeakyRelu of slope",
        f -> f.outputs(f.add(node("LeakyRelu").attribute("alpha", 0.3f), "y", f.input("x", 7))));
    graphs.put(
        "Sqrt and Log of Abs",
        f -> {
          Value x = f.add("Abs", "a", f.input("x", 6));
          f.outputs(f.add("Sub", "y", f.add("Sqrt", "s", x), f.add("Log", "l", x)));
        });
    graphs.put(
        "PRelu",
        f -> f.outputs(f.add("PRelu", "y", f.input("x", 2, 3, 4, 4), f.weights("s", 3, 1, 1))));
    for (String type : new String[] {"Add", "Sub", "Mul", "Div"}) {
      graphs.put(
          type + " broadcast",
          f -> f.outputs(f.add(type, "y", f.input("x", 2, 3, 4), f.positive("c", 3, 1))));
    }
    graphs.put(
        "Clip",
        f -> f.outputs(f.add("Clip", "y", f.input("x", 9), scalar(f, -.5f), scalar(f, .7f))));
    graphs.put(
        "Clip from above",
        f -> f.outputs(f.add("Clip", "y", f.input("x", 9), Value.ABSENT, scalar(f, .2f))));
    graphs.put(
        "Where as sign", f -> f.outputs(SignPattern.append(f.graph(), "y", f.input("x", 2, 9))));
    graphs.put(
        "Where as sign, below zero first",
        f -> {
          Value x = f.input("x", 2, 9);
          Value below = f.add("Greater", "below", scalar(f, 0), x);
          f.outputs(f.add("Where", "y", below, scalar(f, -1), scalar(f, 1)));
        });
    for (String type : new String[] {"Softmax", "LogSoftmax"}) {
      graphs.put(type, f -> f.outputs(f.add(type, "y", f.input("x", 3, 5))));
      graphs.put(
          type + " of axis 1",
          f -> f.outputs(f.add(node(type).attribute("axis", 1), "y", f.input("x", 2, 5, 3))));
    }
  }

  static Value scalar(GraphMaker fixture, float value) {
    return fixture.constant(fixture.graph().uniqueName("scalar"), Tensor.scalar(value));
  }

  static void layout(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "Concat",
        f -> {
          Value x = f.input("x", 2, 3, 4);
          Value y = f.add("Relu", "r", x);
          f.outputs(f.add(node("Concat").attribute("axis", 1), "y", x, y, x));
        });
    graphs.put(
        "Reshape keeping and inferring",
        f ->
            f.outputs(
                f.add(
                    "Reshape",
                    "y",
                    f.input("x", 2, 6, 4),
                    f.constant("s", Tensor.vector(0, 2, -1, 2)))));
    graphs.put(
        "Reshape by computed shape",
        f -> {
          Value x = f.input("x", 2, 6, 4);
          Value rows =
              f.add("Gather", "rows", f.add("Shape", "s", x), f.constant("i", Tensor.vector(0)));
          Value shape =
              f.add(
                  node("Concat").attribute("axis", 0),
                  "shape",
                  rows,
                  f.constant("r", Tensor.vector(-1)));
          f.outputs(f.add("Reshape", "y", x, shape));
        });
    graphs.put("Flatten", f -> f.outputs(f.add("Flatten", "y", f.input("x", 2, 3, 4))));
    graphs.put(
        "Flatten from the end",
        f -> f.outputs(f.add(node("Flatten").attribute("axis", -1), "y", f.input("x", 2, 3, 4))));
    graphs.put("Transpose", f -> f.outputs(f.add("Transpose", "y", f.input("x", 2, 3, 4))));
    graphs.put(
        "Channel shuffle",
        f -> {
          Value x = f.input("x", 2, 6, 3, 5);
          Value split = f.add("Reshape", "s", x, f.constant("s1", Tensor.vector(0, 2, 3, 3, 5)));
          Value swapped = f.add(node("Transpose").ints("perm", 0, 2, 1, 3, 4), "t", split);
          f.outputs(f.add("Reshape", "y", swapped, f.constant("s2", Tensor.vector(0, 6, 3, 5))));
        });
    graphs.put(
        "Squeeze and Unsqueeze",
        f -> {
          Value x =
              f.add("Squeeze", "q", f.input("x", 2, 1, 3, 1), f.constant("a", Tensor.vector(-1)));
          f.outputs(f.add("Unsqueeze", "y", x, f.constant("b", Tensor.vector(0, -2))));
        });
    graphs.put(
        "ReduceMean",
        f ->
            f.outputs(
                f.add(
                    node("ReduceMean").ints("axes", 1, -1).attribute("keepdims", 0),
                    "y",
                    f.input("x", 2, 3, 4))));
  }

  static void quantization(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "Q/DQ per tensor",
        f -> f.outputs(quantized(f, f.input("x", 50, 20), Tensor.scalar(0.0173f), (byte) 0)));
    graphs.put(
        "Q/DQ with a zero point",
        f -> f.outputs(quantized(f, f.input("x", 50, 20), Tensor.scalar(0.0173f), (byte) 11)));
    graphs.put(
        "Q/DQ per channel",
        f ->
            f.outputs(
                quantized(
                    f,
                    f.input("x", 5, 3, 4),
                    Tensor.ofFloats(Shape.of(3), .01f, .02f, .037f),
                    (byte) 0,
                    (byte) 0,
                    (byte) 0)));
    graphs.put(
        "DQ of INT8 weights",
        f -> {
          Value w =
              f.add(
                  node("DequantizeLinear").attribute("axis", 0),
                  "d",
                  f.constant(
                      "w", Tensor.ofInt8(Shape.of(2, 3), new byte[] {1, -5, 7, 127, 0, -128})),
                  f.constant("s", Tensor.ofFloats(Shape.of(2), .1f, .3f)),
                  f.constant("z", Tensor.ofInt8(Shape.of(2), new byte[2])));
          f.outputs(f.add(node("Gemm").attribute("transB", 1), "y", f.input("x", 4, 3), w));
        });
  }

  static Value quantized(GraphMaker f, Value x, Tensor scales, byte... zeroPoints) {
    Value scale = f.constant("scale", scales);
    Value zero = f.constant("zero", Tensor.ofInt8(scales.shape(), zeroPoints));
    Value q = f.add(node("QuantizeLinear").attribute("axis", 1), "q", x, scale, zero);
    return f.add(node("DequantizeLinear").attribute("axis", 1), "y", q, scale, zero);
  }

  static NodeBuilder node(String type) {
    return NodeBuilder.of(type);
  }
}
