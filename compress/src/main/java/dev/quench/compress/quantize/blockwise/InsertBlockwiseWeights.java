// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.compress.quantize.LayerRules;
import dev.quench.compress.quantize.LayerRules.Verdict;
import dev.quench.compress.quantize.NeededOpset;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Stores weights in 4 or 8 bits with one scale for each block of them; activations stay float, so
/// no ranges are needed.
///
/// 1. `MatMul` and `Gemm` with constant weights read them through a `DequantizeLinear` with
///    `block_size`. Blocks run along the inputs of the layer: axis 0, or 1 of a `Gemm` with
///    `transB`, whose weights are transposed for ONNX Runtime, since it fuses axis 0 alone.
/// 2. `Gather` of a large constant table → of an INT8 table and of its scales, then
///    `DequantizeLinear`; not for TensorRT, which wants constant scales.
///
/// What stays float is listed with the reason. Weights that several layers read are stored once.
/// Immutable.
public final class InsertBlockwiseWeights implements Transformation<QuantizationReport> {
  /// Of `DequantizeLinear` with `block_size`, and of INT4.
  public static final int OPSET = 21;

  private record WeightKey(Value weights, int axis) {}

  private final BlockwiseOptions options;
  private final BlockQuantizer quantizer;

  public InsertBlockwiseWeights(BlockwiseOptions options) {
    this.options = options;
    this.quantizer = new BlockQuantizer(options.type(), options.blockSize(), options.clipped());
  }

  @Override
  public String name() {
    return "insert-blockwise-weights";
  }

  /// Edits `model` in place and says what was done.
  ///
  /// @throws IllegalArgumentException if the opset is older than [#OPSET]
  @Override
  public QuantizationReport apply(Model model) {
    Graph graph = model.graph();
    if (QdqPlacement.isQuantized(graph)) {
      return QuantizationReport.alreadyQuantized();
    }
    NeededOpset.require(model, OPSET, "weights in blocks");
    ShapeInference.infer(model);
    List<String> layers = new ArrayList<>();
    List<LeftFloat> leftFloat = new ArrayList<>();
    LayerRules rules =
        new LayerRules(QdqOptions.DEFAULT.withExcludedNodes(options.excludedNodes()));
    BlockwiseTables tables = new BlockwiseTables(options);
    Map<WeightKey, Value> stored = new HashMap<>();
    for (Node node : List.copyOf(graph.nodes())) {
      if (tables.isTable(node)) {
        Optional<String> objection = tables.objection(node);
        if (objection.isEmpty()) {
          layers.add(node.describe());
          tables.quantize(node);
        } else {
          leftFloat.add(new LeftFloat(node.describe(), objection.get()));
        }
        continue;
      }
      switch (rules.judge(node)) {
        case Verdict.Quantize(QuantizableLayer layer) -> {
          Optional<String> objection = objection(layer);
          if (objection.isEmpty()) {
            layers.add(node.describe());
            Value former = node.input(1);
            node.setInput(
                1,
                stored.computeIfAbsent(
                    new WeightKey(former, axis(node)), key -> insert(graph, layer, key.axis())));
            if (!options.forTensorRt() && node.is("Gemm")) {
              node.setAttribute("transB", AttributeValue.of(0));
            }
            ConstantOperand.removeIfUnused(graph, former);
          } else {
            leftFloat.add(new LeftFloat(node.describe(), objection.get()));
          }
        }
        case Verdict.Leave(String reason) -> leftFloat.add(new LeftFloat(node.describe(), reason));
        case Verdict.NotALayer() -> {
          // Stays float.
        }
      }
    }
    return new QuantizationReport(layers, List.of(), leftFloat, notes());
  }

  private List<String> notes() {
    return options.forTensorRt() || options.isFusedByOnnxRuntime()
        ? List.of()
        : List.of(
            "ONNX Runtime multiplies directly by blocks of 16, 32, 64, 128 or 256; of %d it makes floats in each inference"
                .formatted(options.blockSize()));
  }

  private Optional<String> objection(QuantizableLayer layer) {
    Node node = layer.node();
    if (!node.is("MatMul") && !node.is("Gemm")) {
      return Optional.of("only weights of MatMul and Gemm are stored in blocks");
    }
    if (!options.forTensorRt()) {
      return Optional.empty();
    }
    Tensor weights = layer.weights();
    long length = weights.shape().size(axis(node));
    if (length % options.blockSize() != 0) {
      return Optional.of(
          "its %d inputs are not a multiple of the block size %d, as TensorRT wants them"
              .formatted(length, options.blockSize()));
    }
    return weights.elements() % 2 == 0
        ? Optional.empty()
        : Optional.of("it has an odd number of weights, TensorRT wants an even one");
  }

  /// The axis that counts the inputs of the layer.
  private static int axis(Node node) {
    return node.intAttribute("transB", 0) == 0 ? 0 : 1;
  }

  private Value insert(Graph graph, QuantizableLayer layer, int inputs) {
    String name = layer.weightsValue().name();
    boolean transposes = inputs == 1 && !options.forTensorRt();
    Tensor weights = transposes ? transposed(layer.weights()) : layer.weights();
    int axis = transposes ? 0 : inputs;
    BlockQuantizer.Blocks blocks = quantizer.quantize(weights, axis);
    return graph
        .insertBefore(
            layer.node(),
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
                .inputs(
                    graph.addConstant(name + "_quantized", blocks.values()),
                    graph.addConstant(name + "_scale", blocks.scales()))
                .attribute("axis", axis)
                .attribute("block_size", options.blockSize())
                .output(
                    graph.uniqueName(name + "_dequantized"),
                    ValueType.tensor(weights.dataType(), weights.shape())))
        .output(0);
  }

  private static Tensor transposed(Tensor matrix) {
    return TensorArrays.toTensor(TensorArrays.toArray(matrix).transpose(), matrix.dataType());
  }
}
