// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.compress.quantize.LayerRules;
import dev.quench.compress.quantize.LayerRules.Verdict;
import dev.quench.compress.quantize.NeededOpset;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.quantize.WeightQuantizer;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.AsymmetricRange;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Products with constant weights in integers whose ranges are found anew in each inference: the
/// form for transformers on ONNX Runtime's CPU provider, which needs no calibration.
///
/// 1. `MatMul(x, W)` → `DynamicQuantizeLinear(x)`, one for each distinct x; `MatMulInteger` with
///    INT8 weights, one scale a column; `Cast`; `Mul` by the product of both scales. `Gemm` the
///    same, with its bias added behind.
/// 2. `Gather(table, ids)` of a large constant table → of a UINT8 table, then `DequantizeLinear`.
///
/// The range covers all samples of a batch, so a result depends on its neighbours: the model is
/// stamped with [#BATCH_DEPENDENT]. Immutable.
public final class InsertDynamicQuantization implements Transformation<QuantizationReport> {
  /// Metadata key of models whose results depend on the other samples of a batch; any value.
  public static final String BATCH_DEPENDENT = "quench.batch-dependent";

  /// Whether a sample's outputs depend on the other samples of its batch, as the model's metadata
  /// say.
  public static boolean isStamped(Model model) {
    return model.metadata().containsKey(BATCH_DEPENDENT);
  }

  /// Smaller tables save nothing worth a rounding.
  private static final long SMALLEST_TABLE = 1 << 16;

  /// Weights that several products read are stored once.
  private record WeightKey(Value weights, boolean transposed) {}

  private record StoredWeights(Value quantized, Value zeroPoints, Value scales) {}

  private record StoredTable(Value quantized, Value scale, Value zeroPoint) {}

  private final NodeSelection excludedNodes;

  /// @param excludedNodes nodes to leave float
  public InsertDynamicQuantization(NodeSelection excludedNodes) {
    this.excludedNodes = excludedNodes;
  }

  @Override
  public String name() {
    return "insert-dynamic-quantization";
  }

  /// Edits `model` in place and says what was done.
  ///
  /// @throws IllegalArgumentException if the opset is older than 13
  @Override
  public QuantizationReport apply(Model model) {
    if (QdqPlacement.isQuantized(model.graph())) {
      return QuantizationReport.alreadyQuantized();
    }
    NeededOpset.require(model, NeededOpset.PER_CHANNEL, "quantization");
    ShapeInference.infer(model);
    return insert(model);
  }

  /// As [#apply], beside nodes that are quantized already.
  ///
  /// @param model with types and shapes
  QuantizationReport insert(Model model) {
    Graph graph = model.graph();
    List<String> layers = new ArrayList<>();
    List<LeftFloat> leftFloat = new ArrayList<>();
    LayerRules rules =
        new LayerRules(QdqOptions.DEFAULT.withSmallLayers(true).withExcludedNodes(excludedNodes));
    Map<Value, Node> quantizers = new HashMap<>();
    Map<WeightKey, StoredWeights> stored = new HashMap<>();
    Map<Value, StoredTable> tables = new HashMap<>();
    for (Node node : List.copyOf(graph.nodes())) {
      if (isTable(node)) {
        layers.add(node.describe());
        quantizeTable(graph, node, tables);
        continue;
      }
      switch (rules.judge(node)) {
        case Verdict.Quantize(QuantizableLayer layer) -> {
          String objection = objection(layer);
          if (objection.isEmpty()) {
            layers.add(node.describe());
            quantize(graph, layer, quantizers, stored);
          } else {
            leftFloat.add(new LeftFloat(node.describe(), objection));
          }
        }
        case Verdict.Leave(String reason) -> leftFloat.add(new LeftFloat(node.describe(), reason));
        case Verdict.NotALayer() -> {
          // Stays float.
        }
      }
    }
    if (!quantizers.isEmpty()) {
      model.metadata().put(BATCH_DEPENDENT, "ranges are found for each batch as a whole");
    }
    return new QuantizationReport(layers, List.of(), leftFloat, List.of());
  }

  private static String objection(QuantizableLayer layer) {
    Node node = layer.node();
    if (!node.is("MatMul") && !node.is("Gemm")) {
      return "convolutions gain nothing from ranges found in each inference";
    }
    if (layer.weights().dataType() != DataType.FLOAT) {
      return "its weights are " + layer.weights().dataType() + ", expected FLOAT";
    }
    if (node.is("Gemm")
        && (node.intAttribute("transA", 0) != 0
            || node.floatAttribute("alpha", 1) != 1
            || node.floatAttribute("beta", 1) != 1)) {
      return "transA, alpha or beta is set";
    }
    return "";
  }

  private static void quantize(
      Graph graph,
      QuantizableLayer layer,
      Map<Value, Node> quantizers,
      Map<WeightKey, StoredWeights> stored) {
    Node node = layer.node();
    Value x = node.input(0);
    Node quantizer =
        quantizers.computeIfAbsent(
            x,
            _ ->
                graph.insertBefore(
                    node,
                    NodeBuilder.of("DynamicQuantizeLinear")
                        .name(graph.uniqueNodeName(x.name() + "_DynamicQuantizeLinear"))
                        .inputs(x)
                        .output(graph.uniqueName(x.name() + "_quantized"))
                        .output(graph.uniqueName(x.name() + "_scale"))
                        .output(graph.uniqueName(x.name() + "_zero_point"))));
    Value former = node.input(1);
    boolean transposed = node.intAttribute("transB", 0) != 0;
    StoredWeights weights =
        stored.computeIfAbsent(
            new WeightKey(former, transposed),
            _ ->
                stored(
                    graph,
                    former.name(),
                    transposed ? transposed(layer.weights()) : layer.weights()));
    Value result = node.output(0);
    ValueType type = result.type().orElse(null);
    Value sums =
        add(
            graph,
            node,
            NodeBuilder.of("MatMulInteger")
                .inputs(
                    quantizer.output(0),
                    weights.quantized(),
                    quantizer.output(2),
                    weights.zeroPoints()),
            result.name() + "_sums");
    Value real =
        add(
            graph,
            node,
            NodeBuilder.of("Cast").attribute("to", DataType.FLOAT.onnxCode()).inputs(sums),
            result.name() + "_cast");
    Value scale =
        add(
            graph,
            node,
            NodeBuilder.of("Mul").inputs(quantizer.output(1), weights.scales()),
            result.name() + "_scale");
    Value product =
        add(graph, node, NodeBuilder.of("Mul").inputs(real, scale), result.name() + "_product");
    if (node.input(2).isPresent()) {
      product =
          add(
              graph,
              node,
              NodeBuilder.of("Add").inputs(product, node.input(2)),
              result.name() + "_biased");
    }
    product.setType(type);
    graph.adoptOutput(product.producer().orElseThrow(), 0, result);
    graph.remove(node);
    ConstantOperand.removeIfUnused(graph, former);
  }

  /// @param weights `[K, N]`
  private static StoredWeights stored(Graph graph, String name, Tensor weights) {
    Tensor scales = WeightQuantizer.scales(weights, OptionalInt.of(1));
    return new StoredWeights(
        graph.addConstant(
            name + "_quantized", WeightQuantizer.quantize(weights, scales, OptionalInt.of(1))),
        graph.addConstant(name + "_zero_point", WeightQuantizer.zeroPoints(scales)),
        graph.addConstant(name + "_scale", scales));
  }

  private static Value add(Graph graph, Node anchor, NodeBuilder builder, String name) {
    return graph
        .insertBefore(
            anchor, builder.name(graph.uniqueNodeName(name)).output(graph.uniqueName(name)))
        .output(0);
  }

  private boolean isTable(Node node) {
    return isLargeTable(node) && !excludedNodes.contains(node);
  }

  /// Whether a node looks up rows of a constant table that is large enough to be stored in UINT8.
  public static boolean isLargeTable(Node node) {
    return node.is("Gather")
        && node.intAttribute("axis", 0) == 0
        && node.input(0)
            .constant()
            .filter(table -> table.dataType() == DataType.FLOAT && table.shape().rank() == 2)
            .filter(table -> table.elements() >= SMALLEST_TABLE && table.isFinite())
            .isPresent();
  }

  private static void quantizeTable(Graph graph, Node gather, Map<Value, StoredTable> tables) {
    Value table = gather.input(0);
    StoredTable stored = tables.computeIfAbsent(table, _ -> stored(graph, table));
    gather.setInput(0, stored.quantized());
    Value result = gather.output(0);
    Node dequantize =
        graph.insertAfter(
            gather,
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(result.name() + "_DequantizeLinear"))
                .inputs(gather.output(0), stored.scale(), stored.zeroPoint())
                .output(graph.uniqueName(result.name() + "_dequantized")));
    graph.adoptOutput(dequantize, 0, result);
    Value taken = graph.nameOutput(gather, 0, result.name() + "_quantized");
    taken.setType(
        result
            .shape()
            .<ValueType>map(known -> ValueType.tensor(DataType.UINT8, known))
            .orElse(ValueType.unranked(DataType.UINT8)));
    dequantize.setInput(0, taken);
    ConstantOperand.removeIfUnused(graph, table);
  }

  private static StoredTable stored(Graph graph, Value table) {
    Tensor tensor = table.constant().orElseThrow();
    float[] values = tensor.toFloats();
    double low = 0;
    double high = 0;
    for (float value : values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    AsymmetricRange range = new AsymmetricRange(low, high == low ? 1 : high);
    byte[] quantized = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      double level = Math.rint(values[i] / range.scale()) + range.zeroPoint();
      quantized[i] = (byte) Math.clamp(level, 0.0, AsymmetricRange.STEPS);
    }
    String name = table.name();
    byte[] zero = {(byte) range.zeroPoint()};
    return new StoredTable(
        graph.addConstant(
            name + "_quantized",
            Tensor.of(DataType.UINT8, tensor.shape(), MemorySegment.ofArray(quantized))),
        graph.addConstant(name + "_scale", Tensor.scalar(range.scale())),
        graph.addConstant(
            name + "_zero_point",
            Tensor.of(DataType.UINT8, Shape.SCALAR, MemorySegment.ofArray(zero))));
  }

  private static Tensor transposed(Tensor weights) {
    int rows = Math.toIntExact(weights.shape().size(0));
    int columns = Math.toIntExact(weights.shape().size(1));
    float[] values = weights.toFloats();
    float[] turned = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = values[row * columns + column];
      }
    }
    return Tensor.ofFloats(Shape.of(columns, rows), turned);
  }
}
