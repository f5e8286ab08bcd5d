// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.QuenchException;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Random networks that are right: layers as exporters write them, branches that meet again,
/// constants, shapes that change and change back.
final class ValidGraphs {
  /// Starts the names of values that do not depend on the input.
  private static final String CONSTANT = "constant_";

  private final SplittableRandom random;
  private Model model;
  private int count;

  private ValidGraphs(SplittableRandom random) {
    this.random = random;
    Graph graph = new Graph("valid", OpsetImports.onnx(13 + random.nextInt(10)));
    graph.addInput(
        "x",
        ValueType.tensor(
            DataType.FLOAT,
            Shape.of(
                1 + random.nextInt(2),
                2L * (1 + random.nextInt(3)),
                4 + random.nextInt(5),
                4 + random.nextInt(5))));
    this.model = new Model(graph, 8);
  }

  static Model of(SplittableRandom random) {
    ValidGraphs graphs = new ValidGraphs(random);
    int nodes = 3 + random.nextInt(14);
    for (int i = 0; i < nodes; i++) {
      graphs.grow();
    }
    Graph graph = graphs.model.graph();
    for (Node node : graph.nodes()) {
      for (Value output : node.outputs()) {
        if (output.isPresent() && output.isUnused() && !output.isGraphOutput()) {
          graph.addOutput(output);
        }
      }
    }
    return graphs.model;
  }

  /// Adds a layer, or takes it back where shapes do not allow it.
  private void grow() {
    Model before = model.copy();
    try {
      Value value = pick();
      layer(value, value.shape().orElseThrow());
      ShapeInference.infer(model);
      for (Value each : model.graph().values()) {
        Shape shape = each.shape().orElse(null);
        if (shape == null
            || !shape.isStatic()
            || shape.elements() == 0
            || shape.elements() > 20_000) {
          model = before;
          return;
        }
      }
    } catch (QuenchException e) {
      model = before;
    }
  }

  private Value pick() {
    List<Value> values = new ArrayList<>();
    for (Value value : model.graph().values()) {
      if (!value.isInitializer()
          && !value.name().startsWith(CONSTANT)
          && value.dataType().filter(type -> type == DataType.FLOAT).isPresent()) {
        values.add(value);
      }
    }
    return values.get(random.nextInt(3) > 0 ? values.size() - 1 : random.nextInt(values.size()));
  }

  private void layer(Value x, Shape shape) {
    int rank = shape.rank();
    long channels = rank > 1 ? shape.size(1) : 1;
    switch (random.nextInt(34)) {
      case 0, 1, 2 -> convolution(x, shape);
      case 3, 4 ->
          add(
              NodeBuilder.of("BatchNormalization")
                  .inputs(
                      x,
                      positive(channels),
                      weights(channels),
                      weights(channels),
                      positive(channels)));
      case 5 -> add(NodeBuilder.of("Relu").inputs(x));
      case 6 -> add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.1F).inputs(x));
      case 7 -> add(NodeBuilder.of(random.nextBoolean() ? "Sigmoid" : "Tanh").inputs(x));
      case 8 -> add(NodeBuilder.of("Mul").inputs(x, scale(rank, channels)));
      case 9 -> add(NodeBuilder.of("Add").inputs(x, scale(rank, channels)));
      case 10 -> add(NodeBuilder.of("Add").inputs(x, pick()));
      case 11 ->
          add(
              NodeBuilder.of(random.nextBoolean() ? "MaxPool" : "AveragePool")
                  .ints("kernel_shape", 2, 2)
                  .ints("strides", 1 + random.nextInt(2), 1)
                  .inputs(x));
      case 12 -> add(NodeBuilder.of("GlobalAveragePool").inputs(x));
      case 13 -> add(NodeBuilder.of("Flatten").attribute("axis", 1).inputs(x));
      case 14 -> {
        Value product =
            add(NodeBuilder.of("MatMul").inputs(x, weights(shape.size(-1), 1 + random.nextInt(6))));
        if (random.nextBoolean()) {
          add(NodeBuilder.of("Add").inputs(product, weights(1)));
        }
      }
      case 15 ->
          add(
              NodeBuilder.of("Gemm")
                  .attribute("transB", 1)
                  .inputs(x, weights(3, shape.size(-1)), weights(3)));
      case 16 ->
          add(
              NodeBuilder.of("Reshape")
                  .inputs(x, constant(Tensor.vector(shape.size(0), -1, shape.size(-1)))));
      case 17 -> {
        Value turned = add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 3, 1).inputs(x));
        if (random.nextBoolean()) {
          add(NodeBuilder.of("Transpose").ints("perm", 0, 3, 1, 2).inputs(turned));
        }
      }
      case 18 -> add(NodeBuilder.of("Concat").attribute("axis", 1).inputs(x, pick()));
      case 19 -> split(x, channels);
      case 20 -> add(NodeBuilder.of(random.nextBoolean() ? "Identity" : "Dropout").inputs(x));
      case 21 -> add(NodeBuilder.of("Softmax").attribute("axis", -1).inputs(x));
      case 22 -> {
        NodeBuilder constant = NodeBuilder.of("Add").inputs(weights(1), weights(1));
        Value sum = model.graph().append(constant.name(name()).output(CONSTANT + name())).output(0);
        add(NodeBuilder.of("Sub").inputs(x, sum));
      }
      case 23 -> {
        if (rank > 2) {
          add(
              NodeBuilder.of("InstanceNormalization")
                  .inputs(x, positive(channels), weights(channels)));
        }
      }
      case 24 ->
          add(
              NodeBuilder.of("ConvTranspose")
                  .ints("strides", 1 + random.nextInt(2), 1)
                  .inputs(x, weights(channels, 1 + random.nextInt(4), 2, 2)));
      case 25 ->
          add(
              NodeBuilder.of("Pad")
                  .attribute("mode", random.nextBoolean() ? "constant" : "edge")
                  .inputs(x, constant(Tensor.vector(0, 0, 1, 0, 0, 0, 0, 1))));
      case 26 ->
          add(
              NodeBuilder.of("Clip")
                  .inputs(x, constant(Tensor.scalar(-1f)), constant(Tensor.scalar(3f))));
      case 27 -> add(NodeBuilder.of(random.nextBoolean() ? "Sub" : "Div").inputs(x, positive(1)));
      case 28 -> add(NodeBuilder.of("PRelu").inputs(x, scale(rank, channels)));
      case 29 ->
          add(
              NodeBuilder.of("Resize")
                  .attribute("mode", "nearest")
                  .attribute("coordinate_transformation_mode", "asymmetric")
                  .attribute("nearest_mode", "floor")
                  .inputs(x, Value.ABSENT, constant(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2))));
      case 30 -> add(NodeBuilder.of(random.nextBoolean() ? "Max" : "Min").inputs(x, pick()));
      case 31 -> add(NodeBuilder.of("Mul").inputs(x, pick()));
      case 32 -> {
        Value wide = add(NodeBuilder.of("Unsqueeze").inputs(x, constant(Tensor.vector(1))));
        add(NodeBuilder.of("Squeeze").inputs(wide, constant(Tensor.vector(1))));
      }
      default ->
          add(
              NodeBuilder.of("Slice")
                  .inputs(
                      x,
                      constant(Tensor.vector(0)),
                      constant(Tensor.vector(Math.max(1, shape.size(-1) - 1))),
                      constant(Tensor.vector(-1))));
    }
  }

  private void convolution(Value x, Shape shape) {
    long channels = shape.rank() > 1 ? shape.size(1) : 1;
    boolean depthwise = random.nextInt(4) == 0;
    long outputs = depthwise ? channels : 2L * (1 + random.nextInt(3));
    long kernel = random.nextBoolean() ? 1 : 3;
    NodeBuilder node =
        NodeBuilder.of("Conv")
            .attribute("group", depthwise ? channels : 1)
            .inputs(x, weights(outputs, depthwise ? 1 : channels, kernel, kernel));
    if (random.nextBoolean()) {
      node.inputs(weights(outputs));
    }
    if (random.nextBoolean()) {
      node.ints("pads", 1, 1, 1, 1);
    }
    if (random.nextInt(3) == 0) {
      node.ints("strides", 2, 1);
    }
    add(node);
  }

  private void split(Value x, long channels) {
    Node split =
        model
            .graph()
            .append(
                NodeBuilder.of("Split")
                    .name(name())
                    .attribute("axis", 1)
                    .inputs(x, constant(Tensor.vector(1, channels - 1)))
                    .output(name())
                    .output(random.nextInt(6) == 0 ? "" : name()));
    add(NodeBuilder.of("Relu").inputs(split.output(0)));
  }

  private Value scale(int rank, long channels) {
    return random.nextBoolean() || rank != 4 ? weights(1) : weights(channels, 1, 1);
  }

  private Value add(NodeBuilder node) {
    return model.graph().append(node.name(name()).output(name())).output(0);
  }

  private String name() {
    return "v" + count++;
  }

  private Value weights(long... shape) {
    return constant(SchemaGraphs.tensor(DataType.FLOAT, Shape.of(shape), random));
  }

  private Value positive(long size) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(0.5, 2);
    }
    return constant(Tensor.ofFloats(Shape.of(size), values));
  }

  private Value constant(Tensor tensor) {
    return model.graph().addConstant("c", tensor);
  }
}
