// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.compress.quantize.DequantizedWeights;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizerPair;
import dev.quench.compress.quantize.WeightQuantizer;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.run.AsymmetricRange;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/// One edit of one graph by [InsertOnnxRuntimeQdq]: everything has been decided and checked before.
final class IntegerInsertion {
  /// Shared weights are quantized once for each axis that their readers need.
  private record WeightKey(Value weights, OptionalInt axis) {}

  private static final double STEPS = AsymmetricRange.STEPS;

  /// Leaves the sums room in 32 bits.
  private static final double LARGEST_BIAS = 1 << 30;

  private final Graph graph;
  private final IntegerNodes nodes;
  private final Map<Value, AsymmetricRange> ranges;
  private final Map<WeightKey, Value> dequantizedWeights = new HashMap<>();

  /// The range of what a layer reads.
  private final Map<Node, AsymmetricRange> read = new HashMap<>();

  /// The tensors that integer nodes compute.
  private final Set<Value> computed = new HashSet<>();

  /// What is to read the dequantized tensor.
  private final Map<Value, List<Use>> readers = new HashMap<>();

  /// @param ranges of the tensors to quantize, each with a scale greater than 0
  IntegerInsertion(Graph graph, IntegerNodes nodes, Map<Value, AsymmetricRange> ranges) {
    this.graph = graph;
    this.nodes = nodes;
    this.ranges = ranges;
  }

  void run() {
    for (Node node : graph.nodes()) {
      if (nodes.layers().containsKey(node)) {
        read.put(node, ranges.get(node.input(0)));
      }
    }
    for (Value value : ranges.keySet()) {
      boolean vanishes = nodes.producer(value).isPresent();
      if (vanishes) {
        computed.add(value);
      }
      readers.put(
          value,
          value.uses().stream().filter(use -> vanishes || nodes.isIntegerRead(use)).toList());
    }
    List<Node> layers = graph.nodes().stream().filter(nodes.layers()::containsKey).toList();
    List<HardSwish> hardSwishes = nodes.hardSwishes(graph);
    List<Node> joins = nodes.joinsWithNumbers(graph);
    ranges.forEach(this::quantizeActivation);
    hardSwishes.forEach(this::expand);
    joins.forEach(this::quantizeNumbers);
    layers.forEach(layer -> quantizeWeights(Objects.requireNonNull(nodes.layers().get(layer))));
  }

  /// What integer nodes compute is read dequantized by all, so that the float tensor in between
  /// vanishes; of other tensors integer nodes alone read the dequantized one.
  private void quantizeActivation(Value value, AsymmetricRange range) {
    Value scale = graph.addConstant(value.name() + "_scale", Tensor.scalar(range.scale()));
    Value zeroPoint = graph.addConstant(value.name() + "_zero_point", uint8(range.zeroPoint()));
    QuantizerPair pair = QuantizerPair.insert(graph, value, scale, zeroPoint);
    if (computed.contains(value) && value.isGraphOutput()) {
      Node producer = value.producer().orElseThrow();
      int index = producer.outputs().indexOf(value);
      graph.adoptOutput(pair.dequantizer(), 0, value);
      Value bare = graph.nameOutput(producer, index, value.name() + "_float");
      bare.setType(value.type().orElse(null));
      pair.quantizer().setInput(0, bare);
      return;
    }
    for (Use use : Objects.requireNonNull(readers.get(value))) {
      use.node().setInput(use.inputIndex(), pair.result());
    }
  }

  /// `Add(x, 3)`, whose quantizer with the range [0, 6] is the clip and whose dequantizer with a
  /// sixth of the scale is the division, times `x`.
  private void expand(HardSwish function) {
    Node last = function.last();
    Value x = function.nodes().getFirst().input(0);
    if (function.nodes().size() > 1 && IntegerNodes.isNumber(x)) {
      x = function.nodes().getFirst().input(1);
    }
    Value result = last.output(0);
    String name = result.name();
    Value shifted =
        graph
            .insertBefore(
                last,
                NodeBuilder.of("Add")
                    .name(graph.uniqueNodeName(name + "_shift"))
                    .inputs(x, dequantizedNumber(last, name + "_three", 3))
                    .output(graph.uniqueName(name + "_shifted"), result.type().orElse(null)))
            .output(0);
    Value zero = graph.addConstant(name + "_gate_zero_point", uint8(0));
    Value clipped =
        graph
            .insertBefore(
                last,
                NodeBuilder.of("QuantizeLinear")
                    .name(graph.uniqueNodeName(name + "_gate_QuantizeLinear"))
                    .inputs(
                        shifted,
                        graph.addConstant(name + "_gate_scale", Tensor.scalar((float) (6 / STEPS))),
                        zero)
                    .output(
                        graph.uniqueName(name + "_gate_quantized"),
                        QuantizerPair.like(result, DataType.UINT8)))
            .output(0);
    Value gate =
        graph
            .insertBefore(
                last,
                NodeBuilder.of("DequantizeLinear")
                    .name(graph.uniqueNodeName(name + "_gate_DequantizeLinear"))
                    .inputs(
                        clipped,
                        graph.addConstant(
                            name + "_sixth_scale", Tensor.scalar((float) (1 / STEPS))),
                        zero)
                    .output(graph.uniqueName(name + "_gate"), result.type().orElse(null)))
            .output(0);
    Node product =
        graph.insertBefore(
            last,
            NodeBuilder.of("Mul")
                .name(graph.uniqueNodeName(name + "_product"))
                .inputs(x, gate)
                .output(graph.uniqueName(name + "_product"), result.type().orElse(null)));
    graph.adoptOutput(product, 0, result);
    for (Node part : function.nodes().reversed()) {
      List<Value> operands = List.copyOf(part.inputs());
      graph.remove(part);
      operands.stream()
          .filter(operand -> operand.isPresent() && operand.constant().isPresent())
          .forEach(operand -> ConstantOperand.removeIfUnused(graph, operand));
    }
  }

  private void quantizeNumbers(Node join) {
    for (int i = 0; i < join.inputs().size(); i++) {
      Value operand = join.input(i);
      if (IntegerNodes.isNumber(operand)) {
        double number = operand.constant().orElseThrow().doubleAt(0);
        join.setInput(i, dequantizedNumber(join, operand.name(), number));
        ConstantOperand.removeIfUnused(graph, operand);
      }
    }
  }

  /// A number as the end of a range that begins at 0, which holds it exactly.
  private Value dequantizedNumber(Node reader, String name, double number) {
    AsymmetricRange range = new AsymmetricRange(Math.min(0, number), Math.max(0, number));
    return graph
        .insertBefore(
            reader,
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
                .inputs(
                    graph.addConstant(name + "_quantized", uint8(number > 0 ? 255 : 0)),
                    graph.addConstant(name + "_scale", Tensor.scalar(range.scale())),
                    graph.addConstant(name + "_zero_point", uint8(range.zeroPoint())))
                .output(
                    graph.uniqueName(name + "_dequantized"),
                    ValueType.tensor(DataType.FLOAT, Shape.SCALAR)))
        .output(0);
  }

  private void quantizeWeights(QuantizableLayer layer) {
    Value weights = layer.weightsValue();
    Value bias = layer.node().input(2);
    Tensor usual = WeightQuantizer.scales(layer.weights(), layer.axis());
    Tensor scales = bias.isPresent() ? withRoomFor(bias, layer, usual) : usual;
    Value dequantized =
        scales == usual
            ? dequantizedWeights.computeIfAbsent(
                new WeightKey(weights, layer.axis()),
                _ -> DequantizedWeights.insert(graph, layer, scales))
            : DequantizedWeights.insert(graph, layer, scales);
    layer.node().setInput(1, dequantized);
    ConstantOperand.removeIfUnused(graph, weights);
    if (bias.isPresent()) {
      layer.node().setInput(2, dequantizedBias(layer, bias, scales));
      ConstantOperand.removeIfUnused(graph, bias);
    }
  }

  /// Raises the scales of channels whose weights are so small that the bias would overflow at the
  /// scale of their sums. A channel of zeroes, which fits any scale, gets one that the bias fills.
  ///
  /// @return `usual` itself where nothing has to change
  private Tensor withRoomFor(Value bias, QuantizableLayer layer, Tensor usual) {
    WeightLayout layout = layout(layer);
    Tensor biases = bias.constant().orElseThrow();
    float input = Objects.requireNonNull(read.get(layer.node())).scale();
    boolean[] used = new boolean[Math.toIntExact(layout.outputChannels())];
    for (long i = 0; i < layer.weights().elements(); i++) {
      used[layout.outputChannel(i)] |= layer.weights().doubleAt(i) != 0;
    }
    float[] scales = new float[used.length];
    boolean changed = false;
    for (int c = 0; c < scales.length; c++) {
      float scale = (float) usual.doubleAt(usual.elements() == 1 ? 0 : c);
      double magnitude = Math.abs(biases.doubleAt(biases.elements() == 1 ? 0 : c));
      float least =
          (float)
              Math.max(magnitude / (input * LARGEST_BIAS), Float.MIN_NORMAL / Math.min(1, input));
      scales[c] = used[c] ? Math.max(scale, least) : magnitude == 0 ? scale : least;
      changed |= scales[c] != scale;
    }
    return changed && usual.elements() == scales.length
        ? Tensor.ofFloats(usual.shape(), scales)
        : usual;
  }

  private static WeightLayout layout(QuantizableLayer layer) {
    return WeightLayout.of(layer.node(), layer.weights().shape()).orElseThrow();
  }

  /// INT32 at the scale of the sums: that of the input times that of the channel's weights.
  private Value dequantizedBias(QuantizableLayer layer, Value bias, Tensor weightScales) {
    Tensor values = bias.constant().orElseThrow();
    int channels = Math.toIntExact(layout(layer).outputChannels());
    float input = Objects.requireNonNull(read.get(layer.node())).scale();
    float[] scales = new float[channels];
    int[] quantized = new int[channels];
    for (int c = 0; c < channels; c++) {
      scales[c] = input * (float) weightScales.doubleAt(weightScales.elements() == 1 ? 0 : c);
      double value = values.doubleAt(values.elements() == 1 ? 0 : c);
      quantized[c] =
          (int) Math.clamp(Math.rint(value / scales[c]), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    String name = bias.name();
    Shape shape = Shape.of(channels);
    return graph
        .insertBefore(
            layer.node(),
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
                .attribute("axis", 0)
                .inputs(
                    graph.addConstant(name + "_quantized", Tensor.ofInts(shape, quantized)),
                    graph.addConstant(name + "_scale", Tensor.ofFloats(shape, scales)))
                .output(
                    graph.uniqueName(name + "_dequantized"),
                    ValueType.tensor(DataType.FLOAT, shape)))
        .output(0);
  }

  private static Tensor uint8(int value) {
    return Tensor.of(
        DataType.UINT8, Shape.SCALAR, MemorySegment.ofArray(new byte[] {(byte) value}));
  }
}
