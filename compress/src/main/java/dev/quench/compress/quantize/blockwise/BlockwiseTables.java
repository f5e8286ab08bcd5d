// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Large tables of one model that `Gather` looks rows up in. They are stored in INT8, whatever the
/// weights are: no runtime gathers packed elements.
final class BlockwiseTables {
  /// Smaller tables save nothing worth a rounding.
  private static final long SMALLEST_TABLE = 1 << 16;

  private record StoredTable(Value quantized, Value scales) {}

  private final BlockwiseOptions options;
  private final BlockQuantizer quantizer;
  private final Map<Value, StoredTable> stored = new HashMap<>();

  BlockwiseTables(BlockwiseOptions options) {
    this.options = options;
    this.quantizer =
        new BlockQuantizer(BlockWeightType.INT8, options.blockSize(), options.clipped());
  }

  boolean isTable(Node node) {
    return node.is("Gather")
        && node.intAttribute("axis", 0) == 0
        && node.input(0)
            .constant()
            .filter(table -> table.dataType() == DataType.FLOAT && table.shape().rank() == 2)
            .filter(table -> table.elements() >= SMALLEST_TABLE)
            .isPresent();
  }

  Optional<String> objection(Node gather) {
    if (options.excludedNodes().contains(gather)) {
      return Optional.of("excluded by name");
    }
    if (options.forTensorRt()) {
      return Optional.of("a table whose scales are looked up too: TensorRT wants constant scales");
    }
    return gather.input(0).constant().orElseThrow().isFinite()
        ? Optional.empty()
        : Optional.of("its table contains NaN or infinity");
  }

  void quantize(Node gather) {
    Graph graph = gather.graph();
    Value table = gather.input(0);
    StoredTable parts = stored.computeIfAbsent(table, _ -> store(graph, table));
    Value result = gather.output(0);
    gather.setInput(0, parts.quantized());
    Node scales =
        graph.insertBefore(
            gather,
            NodeBuilder.of("Gather")
                .name(graph.uniqueNodeName(result.name() + "_scales"))
                .inputs(parts.scales(), gather.input(1))
                .output(graph.uniqueName(result.name() + "_scales")));
    Node dequantize =
        graph.insertAfter(
            gather,
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(result.name() + "_DequantizeLinear"))
                .inputs(gather.output(0), scales.output(0))
                .attribute("axis", -1)
                .attribute("block_size", options.blockSize())
                .output(graph.uniqueName(result.name() + "_dequantized")));
    graph.adoptOutput(dequantize, 0, result);
    Value taken = graph.nameOutput(gather, 0, result.name() + "_quantized");
    taken.setType(
        result
            .shape()
            .<ValueType>map(known -> ValueType.tensor(DataType.INT8, known))
            .orElse(ValueType.unranked(DataType.INT8)));
    dequantize.setInput(0, taken);
    ConstantOperand.removeIfUnused(graph, table);
  }

  private StoredTable store(Graph graph, Value table) {
    Tensor values = table.constant().orElseThrow();
    BlockQuantizer.Blocks blocks = quantizer.quantize(values, 1);
    return new StoredTable(
        graph.addConstant(table.name() + "_quantized", blocks.values()),
        graph.addConstant(table.name() + "_scale", blocks.scales()));
  }
}
