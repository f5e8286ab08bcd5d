// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Appends layers to a graph and keeps count of sizes. A builder makes one network.
final class NetworkBuilder {
  private static final long OPSET = 17;
  private static final long IR_VERSION = 8;

  /// What flows between two layers: images, or features once `height` and `width` are 0.
  record Flow(Value value, int channels, int height, int width) {}

  /// What an inner layer of a network without signs reads.
  enum Rectifier {
    /// max(x, 0).
    RELU,
    /// min(max(x, 0), 6).
    RELU6,
    /// x · sigmoid(x).
    SILU
  }

  private final Graph graph;
  private final NetworkOptions options;
  private final Rectifier rectifier;
  private final InitialWeights initial;

  /// A network of Xavier's weights and Relu.
  NetworkBuilder(String name, NetworkOptions options) {
    this(name, options, Rectifier.RELU, InitialWeights.xavier(options.seed()));
  }

  NetworkBuilder(String name, NetworkOptions options, Rectifier rectifier, InitialWeights initial) {
    this.graph = new Graph(name, OpsetImports.onnx(OPSET));
    this.options = options;
    this.rectifier = rectifier;
    this.initial = initial;
  }

  Flow input() {
    Shape shape =
        Shape.of(
            Dim.of("N"),
            Dim.of(options.channels()),
            Dim.of(options.height()),
            Dim.of(options.width()));
    Value value = graph.addInput("image", ValueType.tensor(DataType.FLOAT, shape));
    return new Flow(value, options.channels(), options.height(), options.width());
  }

  /// A convolution without bias, as BatchNormalization follows it.
  Flow convolution(String name, Flow x, int channels, int kernel, int stride, int groups) {
    return convolution(name, x, channels, kernel, stride, groups, false);
  }

  /// A 1 × 1 convolution with bias, whose output no rectifier reads.
  Flow pointwiseWithBias(String name, Flow x, int channels) {
    return convolution(name, x, channels, 1, 1, 1, true);
  }

  /// @param bias whether each output has one, as it needs without BatchNormalization
  Flow convolution(
      String name, Flow x, int channels, int kernel, int stride, int groups, boolean bias) {
    int pad = (kernel - 1) / 2;
    int inputs = x.channels() / groups;
    int area = kernel * kernel;
    Value weights =
        graph.addInitializer(
            name + ".weight",
            initial.kernel(
                Shape.of(channels, inputs, kernel, kernel),
                inputs * area,
                channels / groups * area));
    NodeBuilder node =
        NodeBuilder.of("Conv")
            .name(name)
            .inputs(x.value(), weights)
            .ints("kernel_shape", kernel, kernel)
            .ints("strides", stride, stride)
            .ints("pads", pad, pad, pad, pad);
    if (groups > 1) {
      node.attribute("group", groups);
    }
    if (bias) {
      node.inputs(graph.addInitializer(name + ".bias", filled(channels, 0)));
    }
    return new Flow(
        append(node, name),
        channels,
        outputs(name, x.height() + 2 * pad, kernel, stride),
        outputs(name, x.width() + 2 * pad, kernel, stride));
  }

  Flow dense(String name, Flow x, int features, boolean bias) {
    int inputs = x.channels();
    Value weights =
        graph.addInitializer(
            name + ".weight", initial.kernel(Shape.of(features, inputs), inputs, features));
    NodeBuilder node =
        NodeBuilder.of("Gemm").name(name).inputs(x.value(), weights).attribute("transB", 1);
    if (bias) {
      node.inputs(graph.addInitializer(name + ".bias", filled(features, 0)));
    }
    return new Flow(append(node, name), features, 0, 0);
  }

  Flow batchNormalization(String name, Flow x) {
    return batchNormalization(name, x, 1);
  }

  /// @param scale initial factor of each channel
  Flow batchNormalization(String name, Flow x, double scale) {
    int channels = x.channels();
    NodeBuilder node =
        NodeBuilder.of("BatchNormalization")
            .name(name)
            .inputs(
                x.value(),
                graph.addInitializer(name + ".scale", filled(channels, (float) scale)),
                graph.addInitializer(name + ".shift", shifts(channels)),
                graph.addInitializer(name + ".mean", filled(channels, 0)),
                graph.addInitializer(name + ".variance", filled(channels, 1)));
    return with(x, append(node, name));
  }

  /// Behind SiLU, whose slope at 0 is a half, activations would die out without shifts.
  private Tensor shifts(int channels) {
    return rectifier == Rectifier.SILU ? initial.shifts(channels) : filled(channels, 0);
  }

  /// What an inner layer reads: the sign, or the rectified value.
  Flow activation(String name, Flow x) {
    return options.binaryActivations()
        ? with(x, SignPattern.append(graph, name, x.value()))
        : rectified(name, x);
  }

  /// What the last layer reads: the value clipped to [−1, 1] in a network of signs, else rectified.
  Flow lastActivation(String name, Flow x) {
    if (!options.binaryActivations()) {
      return rectified(name, x);
    }
    return clip(name, x, -1, 1);
  }

  private Flow rectified(String name, Flow x) {
    return switch (rectifier) {
      case RELU -> with(x, append(NodeBuilder.of("Relu").name(name).inputs(x.value()), name));
      case RELU6 -> clip(name, x, 0, 6);
      case SILU -> {
        Value gate =
            append(
                NodeBuilder.of("Sigmoid").name(name + ".gate").inputs(x.value()), name + ".gate");
        yield with(x, append(NodeBuilder.of("Mul").name(name).inputs(x.value(), gate), name));
      }
    };
  }

  private Flow clip(String name, Flow x, float low, float high) {
    NodeBuilder node =
        NodeBuilder.of("Clip")
            .name(name)
            .inputs(
                x.value(),
                graph.addInitializer(name + ".min", Tensor.scalar(low)),
                graph.addInitializer(name + ".max", Tensor.scalar(high)));
    return with(x, append(node, name));
  }

  Flow add(String name, Flow x, Flow y) {
    return with(x, append(NodeBuilder.of("Add").name(name).inputs(x.value(), y.value()), name));
  }

  /// Channels of images of equal size one behind the other.
  Flow concat(String name, Flow... parts) {
    NodeBuilder node =
        NodeBuilder.of("Concat")
            .name(name)
            .inputs(Stream.of(parts).map(Flow::value).toArray(Value[]::new))
            .attribute("axis", 1);
    int channels = Stream.of(parts).mapToInt(Flow::channels).sum();
    return new Flow(append(node, name), channels, parts[0].height(), parts[0].width());
  }

  /// Each pixel as a square of two by two.
  Flow doubled(String name, Flow x) {
    Value factors =
        graph.addInitializer(
            name + ".scales", Tensor.ofFloats(Shape.of(4), new float[] {1, 1, 2, 2}));
    NodeBuilder node =
        NodeBuilder.of("Resize")
            .name(name)
            .inputs(x.value(), Value.ABSENT, factors)
            .attribute("mode", "nearest")
            .attribute("coordinate_transformation_mode", "asymmetric")
            .attribute("nearest_mode", "floor");
    return new Flow(append(node, name), x.channels(), 2 * x.height(), 2 * x.width());
  }

  Flow maxPool(String name, Flow x, int kernel, int stride, int pad) {
    NodeBuilder node =
        NodeBuilder.of("MaxPool")
            .name(name)
            .inputs(x.value())
            .ints("kernel_shape", kernel, kernel)
            .ints("strides", stride, stride)
            .ints("pads", pad, pad, pad, pad);
    return new Flow(
        append(node, name),
        x.channels(),
        outputs(name, x.height() + 2 * pad, kernel, stride),
        outputs(name, x.width() + 2 * pad, kernel, stride));
  }

  /// The mean over squares of 2 by 2.
  Flow averagePool(String name, Flow x) {
    NodeBuilder node =
        NodeBuilder.of("AveragePool")
            .name(name)
            .inputs(x.value())
            .ints("kernel_shape", 2, 2)
            .ints("strides", 2, 2);
    return new Flow(
        append(node, name),
        x.channels(),
        outputs(name, x.height(), 2, 2),
        outputs(name, x.width(), 2, 2));
  }

  /// The first and the second half of the channels.
  Flow[] halves(String name, Flow x) {
    int half = x.channels() / 2;
    NodeBuilder node =
        NodeBuilder.of("Split")
            .name(name)
            .inputs(x.value(), graph.addInitializer(name + ".sizes", Tensor.vector(half, half)))
            .attribute("axis", 1)
            .output(graph.uniqueName(name + ".first"))
            .output(graph.uniqueName(name + ".second"));
    List<Value> parts = graph.append(node).outputs();
    return new Flow[] {
      new Flow(parts.get(0), half, x.height(), x.width()),
      new Flow(parts.get(1), half, x.height(), x.width())
    };
  }

  /// Each channel times a factor between 0 and 1 that depends on the means of all. Source: Hu et
  /// al., Squeeze-and-excitation networks, CVPR 2018.
  ///
  /// @param squeezed channels in between
  Flow excite(String name, Flow x, int squeezed) {
    Value mean =
        append(
            NodeBuilder.of("GlobalAveragePool").name(name + ".mean").inputs(x.value()),
            name + ".mean");
    Flow few = pointwiseWithBias(name + ".reduce", new Flow(mean, x.channels(), 1, 1), squeezed);
    Flow all = pointwiseWithBias(name + ".expand", rectified(name + ".act", few), x.channels());
    Value gate =
        append(NodeBuilder.of("Sigmoid").name(name + ".gate").inputs(all.value()), name + ".gate");
    return with(x, append(NodeBuilder.of("Mul").name(name).inputs(x.value(), gate), name));
  }

  /// The graph, for layers that are of no use elsewhere.
  Graph graph() {
    return graph;
  }

  /// The weights, for layers that are of no use elsewhere.
  InitialWeights initial() {
    return initial;
  }

  /// The mean over each channel, as features.
  Flow globalAverage(Flow x) {
    Value mean =
        append(NodeBuilder.of("GlobalAveragePool").name("average").inputs(x.value()), "average");
    return flatten(new Flow(mean, x.channels(), 1, 1));
  }

  Flow flatten(Flow x) {
    Value flat = append(NodeBuilder.of("Flatten").name("flatten").inputs(x.value()), "flatten");
    return new Flow(flat, x.channels() * x.height() * x.width(), 0, 0);
  }

  Flow dropout(String name, Flow x, float ratio) {
    Value share = graph.addInitializer(name + ".ratio", Tensor.scalar(ratio));
    return with(x, append(NodeBuilder.of("Dropout").name(name).inputs(x.value(), share), name));
  }

  /// Deals the channels of `groups` groups out in turn, so that the next grouped layer mixes them.
  Flow shuffle(String name, Flow x, int groups) {
    Value split =
        reshape(
            name + ".split", x.value(), 0, groups, x.channels() / groups, x.height(), x.width());
    Value swapped =
        append(
            NodeBuilder.of("Transpose")
                .name(name + ".swap")
                .inputs(split)
                .ints("perm", 0, 2, 1, 3, 4),
            name + ".swap");
    return with(x, reshape(name, swapped, 0, x.channels(), x.height(), x.width()));
  }

  private Value reshape(String name, Value x, long... sizes) {
    Value shape = graph.addInitializer(name + ".shape", Tensor.vector(sizes));
    return append(NodeBuilder.of("Reshape").name(name).inputs(x, shape), name);
  }

  /// Names the output `logits` and wraps the graph up.
  Model finish(Flow logits) {
    graph.rename(logits.value(), "logits");
    addOutput(logits, Shape.of(Dim.of("N"), Dim.of(options.classes())));
    return new Model(graph, IR_VERSION);
  }

  /// Wraps the graph up with images as outputs, under their own names.
  Model finish(List<Flow> maps) {
    for (Flow map : maps) {
      addOutput(
          map,
          Shape.of(Dim.of("N"), Dim.of(map.channels()), Dim.of(map.height()), Dim.of(map.width())));
    }
    return new Model(graph, IR_VERSION);
  }

  private void addOutput(Flow flow, Shape shape) {
    flow.value().setType(ValueType.tensor(DataType.FLOAT, shape));
    graph.addOutput(flow.value());
  }

  private Value append(NodeBuilder node, String output) {
    return graph.append(node.output(graph.uniqueName(output))).output(0);
  }

  private static Flow with(Flow x, Value value) {
    return new Flow(value, x.channels(), x.height(), x.width());
  }

  private static int outputs(String layer, int size, int kernel, int stride) {
    if (size < kernel) {
      throw new IllegalArgumentException(
          "the images are too small for this network: layer '%s' gets %d rows or columns and needs %d"
              .formatted(layer, size, kernel));
    }
    return (size - kernel) / stride + 1;
  }

  private static Tensor filled(int channels, float value) {
    float[] values = new float[channels];
    Arrays.fill(values, value);
    return Tensor.ofFloats(Shape.of(channels), values);
  }
}
